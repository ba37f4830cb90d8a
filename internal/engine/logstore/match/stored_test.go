package match

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/logstorage"

	"mainstay/internal/engine/signal"
)

// stored keeps rows in a store of the engine, as the child process does, each with its number.
func stored(t *testing.T, rows []signal.Row) *logstorage.Storage {
	s := logstorage.MustOpenStorage(t.TempDir(), &logstorage.StorageConfig{
		Retention: 200 * 365 * 24 * time.Hour, FutureRetention: 100 * 365 * 24 * time.Hour, FlushInterval: time.Second,
	})
	t.Cleanup(s.MustClose)
	lr := logstorage.GetLogRows(nil, nil, nil, nil, "")
	for i := range rows {
		lr.MustAdd(logstorage.TenantID{}, rows[i].Time.UnixNano(), fieldsOf(&rows[i], i), streamOf(&rows[i]))
		if lr.NeedFlush() {
			s.MustAddRows(lr)
			lr.ResetKeepSettings()
		}
	}
	s.MustAddRows(lr)
	logstorage.PutLogRows(lr)
	s.DebugFlush()
	return s
}

func fieldsOf(r *signal.Row, number int) []logstorage.Field {
	fields := []logstorage.Field{{Name: "number", Value: strconv.Itoa(number)}}
	for _, f := range r.Fields {
		if f.Name == signal.Message {
			f.Name = ""
		}
		fields = append(fields, logstorage.Field{Name: f.Name, Value: f.Value})
	}
	return fields
}

func streamOf(r *signal.Row) []logstorage.Field {
	fields := []logstorage.Field{}
	for _, name := range slices.Concat(server, r.Stream) {
		fields = append(fields, logstorage.Field{Name: name, Value: r.Get(name)})
	}
	return fields
}

// searched returns which rows a search for the filter finds.
func searched(t *testing.T, s *logstorage.Storage, filter string) []int {
	q, err := logstorage.ParseQueryAtTimestamp(filter+"\n| fields number", 0)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var found []int
	err = s.RunQuery(context.Background(), []logstorage.TenantID{{}}, q, func(_ uint, b *logstorage.DataBlock) {
		mu.Lock()
		defer mu.Unlock()
		for _, v := range b.Columns[0].Values {
			n, err := strconv.Atoi(v)
			if err != nil {
				t.Error(err)
			}
			found = append(found, n)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(found, cmp.Compare)
	return found
}

func TestARuleMeansWhatTheSameSearchMeans(t *testing.T) {
	s := stored(t, few)
	for _, c := range table {
		if got := searched(t, s, c.filter); !slices.Equal(got, c.want) {
			t.Errorf("a search for %s finds %v, a rule %v", c.filter, got, c.want)
		}
	}
}
