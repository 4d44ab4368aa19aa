//! The orders for which the thread had no room.

use std::collections::VecDeque;

use crate::limits::{LOSSY_ORDERS_BYTES_MAX, LOSSY_ORDERS_MAX, ORDERS_MAX};

/// An order, as far as every lane knows what it is.
pub trait LaneOrder: Send + 'static {
    /// The rule that it breaks, if it does: nobody can carry it out.
    fn fault(&self) -> Option<&'static str>;

    /// The bytes of an order that may be lost, as what it is about may be lost on the way. None: it must be carried out.
    fn lossy_bytes(&self) -> Option<usize>;
}

/// Orders that wait in their sequence: none overtakes another. What may be lost on the way anyway is given up when much waits; of the rest
/// there is so little that a thread which leaves it lying has failed.
pub struct WaitingOrders<Order> {
    orders: VecDeque<(Order, usize)>,
    /// The bytes of those that may be lost.
    bytes: usize,
}

/// The fate of an order that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The order waits, or the thread has it.
    Yes,
    /// The order is given up: too many wait, and it may be lost.
    Lost,
    /// More wait than ever may: the thread takes none.
    TooMany,
}

impl<Order> Default for WaitingOrders<Order> {
    fn default() -> Self {
        Self { orders: VecDeque::new(), bytes: 0 }
    }
}

impl<Order> WaitingOrders<Order> {
    /// Has an order wait behind the others. `lossy_bytes`: it may be lost, and holds so many bytes.
    pub fn push(&mut self, order: Order, lossy_bytes: Option<usize>) -> Taken {
        let (length, bytes) = (self.orders.len(), lossy_bytes.unwrap_or(0));
        if lossy_bytes.is_some() && (length >= LOSSY_ORDERS_MAX || self.bytes + bytes > LOSSY_ORDERS_BYTES_MAX) {
            return Taken::Lost;
        }
        if length >= ORDERS_MAX {
            return Taken::TooMany;
        }
        self.bytes += bytes;
        self.orders.push_back((order, bytes));
        Taken::Yes
    }

    /// Gives those that wait to whoever may give one back. False: some still wait.
    pub fn flush(&mut self, mut give: impl FnMut(Order) -> Result<(), Box<Order>>) -> bool {
        while let Some((order, bytes)) = self.orders.pop_front() {
            if let Err(order) = give(order) {
                self.orders.push_front((*order, bytes));
                return false;
            }
            self.bytes -= bytes;
        }
        true
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes all that wait.
    fn drain(orders: &mut WaitingOrders<usize>) -> Vec<usize> {
        let mut taken = Vec::new();
        assert!(orders.flush(|order| {
            taken.push(order);
            Ok(())
        }));
        taken
    }

    #[test]
    fn none_overtakes_another_and_none_is_lost_when_the_thread_is_full() {
        let mut orders = WaitingOrders::default();
        for order in 0..10 {
            assert_eq!(orders.push(order, (order % 2 == 0).then_some(100)), Taken::Yes);
        }
        let mut room = 4;
        let mut taken = Vec::new();
        let is_empty = orders.flush(|order| {
            if room == 0 {
                return Err(Box::new(order));
            }
            room -= 1;
            taken.push(order);
            Ok(())
        });
        assert!(!is_empty);
        assert_eq!(orders.push(10, None), Taken::Yes);
        taken.extend(drain(&mut orders));
        assert_eq!(taken, (0..=10).collect::<Vec<_>>());
    }

    #[test]
    fn orders_that_may_be_lost_are_bounded_by_number_and_bytes() {
        let mut orders = WaitingOrders::default();
        let taken = |orders: &mut WaitingOrders<usize>, bytes| {
            (0..100_000).filter(|order| orders.push(*order, Some(bytes)) == Taken::Yes).count()
        };
        assert_eq!(taken(&mut orders, 0), LOSSY_ORDERS_MAX);
        assert_eq!(orders.push(0, None), Taken::Yes, "the others have room");
        drain(&mut orders);
        assert_eq!(taken(&mut orders, 65_000), LOSSY_ORDERS_BYTES_MAX / 65_000);
        drain(&mut orders);
        assert_eq!(taken(&mut orders, 65_000), LOSSY_ORDERS_BYTES_MAX / 65_000, "what was taken makes room");
        orders.clear();
        assert_eq!(taken(&mut orders, 65_000), LOSSY_ORDERS_BYTES_MAX / 65_000);
    }

    #[test]
    fn a_thread_that_takes_no_orders_is_noticed() {
        let mut orders = WaitingOrders::default();
        assert_eq!((0..100_000).filter(|order| orders.push(*order, None) == Taken::Yes).count(), ORDERS_MAX);
        assert_eq!(orders.push(0, None), Taken::TooMany);
        assert_eq!(orders.push(0, Some(1)), Taken::Lost);
    }
}
