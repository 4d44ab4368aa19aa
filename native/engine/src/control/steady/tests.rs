use super::*;

const PACKET: u16 = 4_072;

fn assert_packets_fit(steady: &Steady) {
    assert!(steady.window() >= 4 * u64::from(steady.packet_size as u16), "{steady:?}");
}

#[test]
fn some_packets_fit_into_every_window() {
    let now = Instant::now();
    let mut steady = Steady::new(now, 1_200, &SteadyConfig { carries_others: false, steering: Steering::default() });
    steady.drain(1_000.0);
    assert_packets_fit(&steady);
    steady.on_mtu_update(PACKET);
    steady.on_congestion_event(now, now, true, 100_000);
    assert_packets_fit(&steady);
    steady.end_start(0.1, 0.0);
    assert_packets_fit(&steady);
    steady.phase = Phase::Steady;
    steady.rivals.begin(1_200.0, now, 0.0);
    steady.on_congestion_event(now, now, true, 100_000);
    assert_packets_fit(&steady);
}
