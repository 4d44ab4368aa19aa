use crate::figures::Figures;
use crate::order::Order;

/// A command to the data thread.
pub(crate) type Command = florenetes_lane::Command<Order, Figures>;
