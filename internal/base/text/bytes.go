package text

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// units are decimal (GB) and binary (GiB), longest suffix first.
var units = []struct {
	suffix string
	bytes  float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

// Bytes reads an amount such as 500MB or 1.5GiB; "" is 0.
func Bytes(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	number, factor := s, 1.0
	for _, u := range units {
		if len(s) > len(u.suffix) && strings.EqualFold(s[len(s)-len(u.suffix):], u.suffix) {
			number, factor = strings.TrimSpace(s[:len(s)-len(u.suffix)]), u.bytes
			break
		}
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(f) || f < 0 || f*factor > math.MaxInt64/2 {
		return 0, fmt.Errorf("must be an amount such as 500MB or 10GB, not %q", s)
	}
	return int64(f * factor), nil
}
