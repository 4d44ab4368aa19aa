/// Says whose turn it is among up to 32 members that share a link: start-time fair queueing (Goyal, Vin and Chen, 1996).
///
/// Each has a tag, the virtual time at which its next packet begins; the smallest is next, and grows by the cost of what it sends. Who
/// begins anew begins at the present, so that he need not wait for a round of those who have sent all the time.
pub(super) struct FairTurns<const MEMBERS: usize> {
    tags: [u64; MEMBERS],
    /// Members that have something to send, by their bits.
    waiting: u32,
    /// The tag of what was sent last; the largest one, once nobody waits: all have had what they wanted then.
    now: u64,
    latest: u64,
}

impl<const MEMBERS: usize> Default for FairTurns<MEMBERS> {
    fn default() -> Self {
        const { assert!(MEMBERS <= u32::BITS as usize, "each has a bit") };
        Self { tags: [0; MEMBERS], waiting: 0, now: 0, latest: 0 }
    }
}

impl<const MEMBERS: usize> FairTurns<MEMBERS> {
    /// The one that is next; `None`: nobody has anything to send.
    pub(super) fn next(&self) -> Option<usize> {
        let mut left = self.waiting;
        let mut first: Option<usize> = None;
        while left != 0 {
            let member = left.trailing_zeros() as usize;
            left &= left - 1;
            if first.is_none_or(|first| self.tags[member] < self.tags[first]) {
                first = Some(member);
            }
        }
        first
    }

    pub(super) fn is_waiting(&self, member: usize) -> bool {
        self.waiting & 1 << member != 0
    }

    /// The member has something to send.
    pub(super) fn wake(&mut self, member: usize) {
        if !self.is_waiting(member) {
            self.waiting |= 1 << member;
            self.tags[member] = self.tags[member].max(self.now);
        }
    }

    /// The member has nothing more to send.
    pub(super) fn sleep(&mut self, member: usize) {
        self.waiting &= !(1 << member);
        self.settle();
    }

    /// The member has sent something when it was its turn; it may sleep already.
    pub(super) fn handle_sent(&mut self, member: usize, cost: u64) {
        self.now = self.tags[member];
        self.tags[member] += cost;
        self.latest = self.latest.max(self.tags[member]);
        self.settle();
    }

    fn settle(&mut self) {
        if self.waiting == 0 {
            self.now = self.latest;
        }
    }
}
