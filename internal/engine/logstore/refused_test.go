package logstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mainstay/internal/engine/logstore"
)

// TestOfABatchThatTheEngineRefusesOnlyTheDeliveryAtFaultStaysBehind and is kept in a file, which counts
// for as long as it is there.
func TestOfABatchThatTheEngineRefusesOnlyTheDeliveryAtFaultStaysBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := openUnstarted(t, dir)
	first.append(row("payments", "before 1"), row("payments", "before 2"))
	first.AppendBytes(t, "\xff\xff\xff these are no rows", 3)
	for range 5 {
		first.append(row("payments", "behind"))
	}
	first.Start()
	first.flush()
	if n := first.count("before | uniq by (_msg)"); n != 2 {
		t.Errorf("%d lines before it", n)
	}
	if n := first.count("behind"); n < 5 {
		t.Errorf("%d lines behind it", n)
	}
	if n := first.count("-replay:* behind"); n != 0 {
		t.Errorf("%d lines that may have been taken with the first attempt are not marked", n)
	}
	st := first.Status()
	if st.Refused != 3 || st.RefusedIn != filepath.Join(dir, "refused") {
		t.Errorf("refused: %d in %s", st.Refused, st.RefusedIn)
	}
	if st.Sent != 7 {
		t.Errorf("%d lines were taken", st.Sent)
	}
	files, err := filepath.Glob(filepath.Join(st.RefusedIn, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q, %v", files, err)
	}
	if kept, err := os.ReadFile(files[0]); err != nil || string(kept) != "\xff\xff\xff these are no rows" {
		t.Errorf("kept %q, %v", kept, err)
	}
	if !strings.Contains(first.log.String(), files[0]) {
		t.Error("the log does not say where the lines are")
	}
	first.stop()
	second := openAgain(t, dir)
	if n := second.Status().Refused; n != 3 {
		t.Errorf("after a restart %d are refused", n)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if n := second.Status().Refused; n != 0 {
		t.Errorf("without the file %d are refused", n)
	}
}

// TestADeliveryThatCannotBeTakenApartCountsAsDamageOnce, whoever reads it.
func TestADeliveryThatCannotBeTakenApartCountsAsDamageOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := openUnstarted(t, dir)
	d.append(row("payments", "before"))
	d.AppendBytes(t, "\xff\xff\xff these are no rows", 3)
	d.append(row("payments", "behind"))
	for _, name := range []string{"rules", "patterns"} {
		b, err := d.Reader(name, "", 0).Next(1 << 20)
		if err != nil || len(b.Rows) != 2 || len(b.Deliveries) != 3 {
			t.Errorf("%s reads %d rows of %d deliveries, %v", name, len(b.Rows), len(b.Deliveries), err)
		}
	}
	if damage := d.Status().Spool.Damage; damage.Places != 1 || damage.Bytes != int64(len("\xff\xff\xff these are no rows")) {
		t.Errorf("damage %+v", damage)
	}
	files, err := filepath.Glob(filepath.Join(dir, "spool", "damaged-*"))
	if err != nil || len(files) != 1 {
		t.Errorf("kept in %q, %v", files, err)
	}
}

// openUnstarted opens a store in a folder, without its engine.
func openUnstarted(t *testing.T, dir string) *desk {
	t.Helper()
	d := &desk{t: t, log: &lines{}}
	c := d.config()
	c.Dir, c.Readers = dir, []string{"rules", "patterns"}
	var err error
	if d.Store, err = logstore.Open(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.stop)
	return d
}
