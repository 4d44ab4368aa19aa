use crate::figures::Figures;
use crate::order::Order;

/// A thing that the thread is given.
pub(crate) type Command = florenetes_lane::Command<Order, Figures>;
