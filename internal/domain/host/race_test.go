package host_test

import (
	"context"
	"sync"
	"testing"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/host"
)

// Two senders of one directory at once: one is told to come again, or both are taken one after the
// other; what is stored is one of theirs, whole.
func TestInventoriesOfOneDirectoryAtOnceDoNotMix(t *testing.T) {
	each(t, func(k *desk) {
		k.send("web1", content{"a": "0", "b": "0"})
		var group sync.WaitGroup
		for _, text := range []string{"1", "2", "3", "4"} {
			group.Go(func() {
				_, err := k.Receive(context.Background(), agent, host.Inventory{Host: "web1", Root: opt, Files: content{"a": text, "b": text}.files()})
				if err != nil && !errs.Is(err, errs.Unavailable) {
					k.Error(err)
				}
			})
		}
		group.Wait()
		got := k.files("web1")
		if len(got) != 2 || got[0][2:] != got[1][2:] || got[0][2:] == sha("0")[:4] {
			t.Errorf("%v", got)
		}
	})
}
