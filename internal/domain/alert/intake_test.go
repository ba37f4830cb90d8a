package alert

import "testing"

func newDelivery(alerts int) *delivery {
	return &delivery{good: make([]In, alerts), lead: make(chan struct{}), stored: make(chan error, 1)}
}

func leads(d *delivery) bool {
	select {
	case <-d.lead:
		return true
	default:
		return false
	}
}

func TestDeliveriesThatComeWhileOneIsStoredShareTheNextTransaction(t *testing.T) {
	var q intake
	first, second, third := newDelivery(1), newDelivery(2), newDelivery(3)
	if !q.join(first) {
		t.Fatal("who comes alone waits")
	}
	if batch := q.take(); len(batch) != 1 || batch[0] != first {
		t.Fatalf("first batch %v", batch)
	}
	if q.join(second) || q.join(third) {
		t.Fatal("two store at once")
	}
	q.pass()
	if !leads(second) || leads(third) {
		t.Fatal("the first in line must lead, and nobody else")
	}
	if batch := q.take(); len(batch) != 2 || batch[0] != second || batch[1] != third {
		t.Fatalf("second batch %v", batch)
	}
	q.pass()
	if !q.join(newDelivery(1)) {
		t.Fatal("nobody stores and yet one waits")
	}
}

func TestATransactionTakesAboutAHundredAlertsAndNeverNone(t *testing.T) {
	var q intake
	for _, n := range []int{10_000, 60, 60, 1} {
		q.join(newDelivery(n))
	}
	for _, want := range []int{1, 2, 1} {
		if batch := q.take(); len(batch) != want {
			t.Fatalf("%d deliveries, want %d", len(batch), want)
		}
	}
}
