use std::time::Duration;

use crate::sys::clock;

/// The time since the machine was started, with that in which it was suspended. All processes of the machine have the same.
#[must_use]
pub fn since_boot() -> Duration {
    clock::since_boot()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_machines_and_goes_on() {
        let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
        let uptime = Duration::from_secs_f64(uptime.split(' ').next().unwrap().parse().unwrap());
        let first = since_boot();
        assert!(first + Duration::from_millis(11) > uptime && first < uptime + Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(2));
        assert!(since_boot() >= first + Duration::from_millis(2));
    }
}
