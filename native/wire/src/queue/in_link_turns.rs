use crate::limits::QUEUE_GROUPS;

/// Chooses the in-link that a queue sends from next. Shares are fair by bytes (start-time fair queueing: Goyal, Vin and Chen, 1996), and a hurried
/// packet (of an urgent class) may be sent out of turn, on credit:
///
/// - The present is the smallest tag of the waiting in-links: each of them has had at least so many bytes. All bytes sent for an in-link grow its
///   tag, out of turn or not, so that no in-link has more than another for longer than two packets take.
/// - A hurried packet goes out of turn once the present has passed its in-link's former hurried packets: once each other waiting in-link has
///   had as many bytes. So credit is one packet, and cannot be saved up.
/// - Several in-links with hurried packets go round in turn. So a hurried packet, with credit, waits for at most one packet of each other
///   in-link.
#[derive(Default)]
pub(super) struct InLinkTurns {
    tags: [u64; QUEUE_GROUPS],
    /// The present at which each in-link has credit again.
    credit_at: [u64; QUEUE_GROUPS],
    /// In-links with packets to send, a bit for each.
    waiting: u32,
    /// Waiting in-links whose next packet is hurried, a bit for each.
    hurried: u32,
    present: u64,
    /// The largest tag.
    latest: u64,
    /// The in-link whose hurried packet was sent last.
    last_hurried: usize,
}

const _: () = assert!(QUEUE_GROUPS <= u32::BITS as usize, "each has a bit");

impl InLinkTurns {
    /// The in-link that is next; `None`: no packets wait.
    pub(super) fn next(&self) -> Option<usize> {
        let first = self.first()?;
        if self.hurried == 0 {
            return Some(first);
        }
        let has_credit = |member: &usize| self.credit_at[*member] <= self.tags[first];
        let upto_last = u32::MAX >> (u32::BITS as usize - 1 - self.last_hurried);
        let mut in_turn = members(self.hurried & !upto_last).chain(members(self.hurried & upto_last));
        in_turn.find(has_credit).or(Some(first))
    }

    /// Notes that an in-link has packets to send, and whether the next one is hurried.
    pub(super) fn wake(&mut self, member: usize, is_hurried: bool) {
        let bit = 1 << member;
        if self.waiting & bit == 0 {
            self.tags[member] = self.tags[member].max(self.present);
        }
        self.waiting |= bit;
        self.hurried = if is_hurried { self.hurried | bit } else { self.hurried & !bit };
    }

    /// Notes that an in-link has no more packets.
    pub(super) fn sleep(&mut self, member: usize) {
        self.waiting &= !(1 << member);
        self.hurried &= !(1 << member);
        self.settle();
    }

    /// Notes that a packet of an in-link was sent, and whether it was hurried. The in-link may have no more packets.
    pub(super) fn handle_sent(&mut self, member: usize, length: usize, is_hurried: bool) {
        let tag = self.tags[member];
        self.present = self.first().map_or(tag, |first| tag.min(self.tags[first]));
        self.tags[member] = tag + length as u64;
        self.latest = self.latest.max(self.tags[member]);
        if is_hurried {
            self.credit_at[member] = self.credit_at[member].max(self.present) + length as u64;
            self.last_hurried = member;
        }
        self.settle();
    }

    /// Whether no packets of an in-link wait, and it has had no more than the others.
    pub(super) fn is_over(&self, member: usize) -> bool {
        self.waiting & 1 << member == 0 && self.tags[member] <= self.present
    }

    fn first(&self) -> Option<usize> {
        members(self.waiting).min_by_key(|member| self.tags[*member])
    }

    /// Moves the present to the largest tag once no packets wait, since all in-links have had what they wanted.
    fn settle(&mut self) {
        if self.waiting == 0 {
            self.present = self.latest;
        }
    }
}

/// The members of a set of bits, the lowest first.
fn members(mut left: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let member = (left != 0).then_some(left.trailing_zeros() as usize)?;
        left &= left - 1;
        Some(member)
    })
}
