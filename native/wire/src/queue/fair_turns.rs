/// Chooses the next of up to 32 members that share a link: start-time fair queueing (Goyal, Vin and Chen, 1996).
///
/// Each member has a tag, the virtual time at which its next packet begins. The member with the smallest tag is next, and its tag grows by the cost
/// of what it sends. A member that begins anew gets the present as its tag, so that it neither waits for a round of the others nor has saved up
/// turns.
pub(super) struct FairTurns<const MEMBERS: usize> {
    tags: [u64; MEMBERS],
    /// Members with something to send, a bit for each.
    waiting: u32,
    /// The tag of the member that sent last. Once no member waits, the largest tag, since all have had what they wanted.
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
    /// The member that is next; `None`: no member waits.
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

    /// Notes that a member has something to send.
    pub(super) fn wake(&mut self, member: usize) {
        if !self.is_waiting(member) {
            self.waiting |= 1 << member;
            self.tags[member] = self.tags[member].max(self.now);
        }
    }

    /// Notes that a member has nothing more to send.
    pub(super) fn sleep(&mut self, member: usize) {
        self.waiting &= !(1 << member);
        self.settle();
    }

    /// Notes that a member has sent something in its turn. The member may have nothing more to send.
    pub(super) fn handle_sent(&mut self, member: usize, cost: u64) {
        self.now = self.tags[member];
        self.tags[member] += cost;
        self.latest = self.latest.max(self.tags[member]);
        self.settle();
    }

    /// Whether a member has nothing to send, and has had no more than the others.
    pub(super) fn is_over(&self, member: usize) -> bool {
        !self.is_waiting(member) && self.tags[member] <= self.now
    }

    fn settle(&mut self) {
        if self.waiting == 0 {
            self.now = self.latest;
        }
    }
}
