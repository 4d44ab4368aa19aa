//! Data sessions whose sockets the data thread reads in the owner's place: it keeps the datagrams of flows that it carries, and hands on all else.

mod cutter;
mod session_socket;

pub(crate) use self::cutter::Piece;
pub(crate) use self::session_socket::{SessionSocket, Sessions, TurnReads};
