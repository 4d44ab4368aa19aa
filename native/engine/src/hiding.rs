//! Memory that a connection holds out of its application's sight, and its account in the process's ledger.

use std::sync::Arc;

use quinn_proto::Connection as Quinn;

use crate::connection::{Beginning, Connection};
use crate::guard::ConnectionGuard;

impl Connection {
    /// Lets a guard judge the frames of 1-RTT packets, from the first one on.
    pub(crate) fn guard(&mut self, beginning: &Beginning<'_>, is_server: bool) {
        let (id_length, ledger) = (beginning.source_id.len(), &beginning.ledger);
        if let Some(quinn) = self.quinn.as_mut() {
            quinn.set_judge(|chance| Box::new(ConnectionGuard::new(is_server, id_length, ledger, chance)));
        }
    }

    /// The key by which `ProcessLedger::take_told` names the connection; 0 if the connection has not begun.
    pub fn ledger_key(&mut self) -> u64 {
        self.judging_guard().map_or(0, |guard| guard.key())
    }

    /// Bytes that the connection hides now.
    pub fn hidden_bytes(&mut self) -> u64 {
        self.judging_guard().map_or(0, |guard| guard.hidden())
    }

    /// Sets the owner of the connection. The bound for all hidden bytes is shared among owners.
    pub fn set_owner(&mut self, owner: Option<&str>) {
        if let Some(guard) = self.judging_guard() {
            guard.set_owner(owner.map(Arc::from));
        }
    }

    /// Closes the connection if the process's ledger wants it.
    pub(crate) fn obey_ledger(&mut self) {
        if self.is_closed {
            return;
        }
        let Some(violation) = self.judging_guard().and_then(|guard| guard.violation()) else { return };
        let now = self.instant();
        if let Some(quinn) = self.quinn.as_mut() {
            quinn.abort(now, violation.error());
        }
        self.settle();
    }

    fn judging_guard(&mut self) -> Option<&mut ConnectionGuard> {
        self.quinn.as_mut().and_then(Quinn::judge)
    }
}
