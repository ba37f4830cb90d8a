package text_test

import (
	"testing"

	"mainstay/internal/base/text"
)

func TestAmountsOfBytes(t *testing.T) {
	for in, want := range map[string]int64{
		"": 0, "0": 0, "17": 17, "500MB": 500_000_000, "1.5 GiB": 3 << 29, "10gb": 10_000_000_000, "2TiB": 2 << 40, "1B": 1, "1KiB": 1024,
		"x": -1, "-1": -1, "GB": -1, "1PB": -1, "NaN": -1, "1e30": -1, "10 GBs": -1,
	} {
		got, err := text.Bytes(in)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %d, want %d (%v)", in, got, want, err)
		}
	}
}
