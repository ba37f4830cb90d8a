// Package apptest starts whole applications for scenarios: a fake clock, every database,
// and real protocol peers on loopback that take mail and webhooks.
//
//	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
//		d.Apply(bank)                                  // given
//		d.Alert("payments", "QueueDepth", "critical")  // when
//		d.Advance(6 * time.Minute)
//		… d.Peers.Arrived() …                          // then
//	})
//
// A scenario fails on any error in the log that it did not expect.
package apptest
