package source

import (
	"fmt"
	"strconv"

	"mainstay/internal/domain/source"
	"mainstay/internal/web/ui"
)

// amount is a number of bytes for people.
func amount(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1e6:
		return fmt.Sprintf("%.1f KB", float64(n)/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// count is a number with thin groups of three.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// percent is a share for people: one that is not nothing is not shown as 0 %.
func percent(part, whole int64) string {
	switch {
	case part == 0 || whole == 0:
		return "0 %"
	case part*100 < whole:
		return "< 1 %"
	}
	return strconv.FormatInt(part*100/whole, 10) + " %"
}

// limitBadge is how much of its day a source has used.
func limitBadge(used, limit, refused int64) ui.Badge {
	word := percent(used, limit) + " of " + amount(limit)
	switch {
	case used >= limit:
		return ui.Badge{State: ui.Bad, Word: word, Note: "more is refused until 00:00 UTC"}
	case refused > 0:
		return ui.Badge{State: ui.Bad, Word: word, Note: count(refused) + " " + requests(refused) + " refused today"}
	case used*5 >= limit*4:
		return ui.Badge{State: ui.Warn, Word: word}
	}
	return ui.Badge{State: ui.OK, Word: word}
}

func requests(n int64) string {
	if n == 1 {
		return "request"
	}
	return "requests"
}

// sent are all lines, those too that were uploaded as past ones: size and share are of them.
func sent(h source.Hour) int64 { return h.Lines + h.Uploaded }

// unparsedBadge is how many of a source's lines could not be taken apart.
func unparsedBadge(h source.Hour) ui.Badge {
	word := percent(h.Unparsed, sent(h))
	switch {
	case h.Unparsed*10 >= sent(h):
		return ui.Badge{State: ui.Warn, Word: word}
	}
	return ui.Badge{State: ui.OK, Word: word}
}
