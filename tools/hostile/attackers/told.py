"""The orders of an attacker's program: the JSON object that is its argument."""

import json
import sys
from typing import Any

TOLD: dict[str, Any] = json.loads(sys.argv[1])
