package wire

import (
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"mainstay/internal/engine/signal"
)

// Into takes samples in. An error of Append is one of the store, after which nothing is stored; a sample that
// cannot be stored is no error.
type Into interface {
	storage.AppenderV2
	// Refuse keeps a sample beside, with the reason. Its instant is in milliseconds since 1970.
	Refuse(ls labels.Labels, at int64, value float64, why string)
}

// exported begins the names under which senders' own values are kept, as in Prometheus.
const exported = model.ExportedLabelPrefix

// Stamp is what the server says of every series of a sender.
type Stamp struct {
	// Set go before a sender's own values, which are kept as exported_NAME.
	Set signal.Labels
	// Group replaces a sender's own values, as the group of a Pushgateway does.
	Group signal.Labels
}

// on returns the labels with the stamp on them.
func (s Stamp) on(ls labels.Labels, b *labels.Builder) labels.Labels {
	if len(s.Set)+len(s.Group) == 0 {
		return ls
	}
	b.Reset(ls)
	for _, f := range s.Group {
		b.Set(f.Name, f.Value)
	}
	for _, f := range s.Set {
		own := b.Get(f.Name)
		if own == f.Value {
			continue
		}
		if own != "" {
			b.Set(free(b, exported+f.Name), own)
		}
		b.Set(f.Name, f.Value)
	}
	return b.Labels()
}

// free is the name, with further exported_ in front for as long as the series has it.
func free(b *labels.Builder, name string) string {
	for b.Get(name) != "" {
		name = exported + name
	}
	return name
}

// wrong says why labels name no series, "" when they do.
func wrong(ls labels.Labels) string {
	if ls.Get(labels.MetricName) == "" {
		return "it has no metric name"
	}
	if !ls.IsValid(model.UTF8Validation) {
		return "the metric name or a label is not valid UTF-8, or a label has no name"
	}
	if twice, has := ls.HasDuplicateLabelNames(); has {
		return "it has the label " + twice + " twice"
	}
	return ""
}

// Wrong is wrong for the store's own samples.
func Wrong(ls labels.Labels) string { return wrong(ls) }
