package demo

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/client"
)

// sheet is a desk that keeps what it is sent.
type sheet struct{ text string }

func (s *sheet) UploadLines(_ context.Context, u client.Upload) (client.Uploaded, error) {
	b, err := io.ReadAll(u.Body)
	s.text += string(b)
	return client.Uploaded{Taken: 1, Format: u.Format}, err
}

// TestTheBanksSystemsWriteWhatGoesWrong beside what they always write.
func TestTheBanksSystemsWriteWhatGoesWrong(t *testing.T) {
	c := clock.NewFake(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))
	w := NewWorld(WorldConfig{Clock: c})
	desk := &sheet{}
	l := &lines{desk: desk, world: w}
	if err := l.step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(desk.text, "level=info service=") || strings.Contains(desk.text, "level=error") {
		t.Errorf("all is well: %s", desk.text)
	}
	if err := w.Begin("firewall"); err != nil {
		t.Fatal(err)
	}
	c.Advance(3 * time.Minute)
	l.last = time.Time{} // a second later
	if err := l.step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(desk.text, `level=error service=payments host=payments-1 msg="Payments that wait for Bank B: over 10,000"`) {
		t.Errorf("the firewall drops sessions: %s", desk.text)
	}
}
