package logstore

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"mainstay/internal/engine/signal"
)

// dayOf finds the day's folder that the engine died over in its last words.
var dayOf = regexp.MustCompile(`[/\\]partitions[/\\](\d{8})\b`)

// innocent are reasons that say nothing against a day's data.
var innocent = []string{"no space left", "too many open files", "permission denied", "cannot allocate memory", "input/output error",
	"read-only file system", "disk quota"}

// setAside moves a day that the engine cannot read out of its way, and reports whether it did. One
// death over a day while it is read may have another cause; a second one has not, and a
// death at the start would come again for ever.
func (s *supervisor) setAside(reason string, wasUp bool) bool {
	m := dayOf.FindStringSubmatch(reason)
	if m == nil {
		return false
	}
	for _, other := range innocent {
		if strings.Contains(strings.ToLower(reason), other) {
			return false
		}
	}
	day := m[1]
	s.suspects[day]++
	if wasUp && s.suspects[day] < 2 {
		return false
	}
	at, err := time.Parse("20060102", day)
	if err != nil {
		return false
	}
	from := filepath.Join(s.dir, "partitions", day)
	name, of := day+"."+s.clock.Now().UTC().Format("20060102T150405Z"), ""
	if s.name != "" && s.name != string(signal.Standard) {
		name, of = name+"."+s.name, s.name+" "
	}
	to := filepath.Join(filepath.Dir(s.dir), "set-aside", name)
	err = os.MkdirAll(filepath.Dir(to), 0o700)
	if err == nil {
		err = os.Rename(from, to)
	}
	if err != nil {
		s.log.Error("a corrupt day of log lines cannot be moved out of the engine's way", "day", day, "err", err)
		return false
	}
	delete(s.suspects, day)
	s.tell(Event{SetAside: to, Day: at, Text: fmt.Sprintf(
		"The %slog lines of %s cannot be read and were set aside in %s; all other days serve on. The engine said: %s",
		of, at.Format("2006-01-02"), to, reason)})
	return true
}
