package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/api"
	"mainstay/internal/engine/metricstore"
)

// seriesFigure is one figure of the store of time series.
type seriesFigure struct {
	desc *prometheus.Desc
	of   func(metricstore.Status) float64
}

// seriesFigures are figures of the store, for which it is looked at once.
type seriesFigures struct {
	store   *metricstore.Store
	figures []seriesFigure
}

func newSeriesFigures(store *metricstore.Store) *seriesFigures {
	f := &seriesFigures{store: store}
	add := func(name, help string, of func(metricstore.Status) float64) {
		f.figures = append(f.figures, seriesFigure{prometheus.NewDesc("mainstay_series_"+name, help, nil, nil), of})
	}
	add("up", "1 while samples can be stored and asked for.", func(s metricstore.Status) float64 {
		if s.Up {
			return 1
		}
		return 0
	})
	add("in_memory", "Series in memory.", func(s metricstore.Status) float64 { return float64(s.Series) })
	add("samples_stored", "Samples stored since the start.", func(s metricstore.Status) float64 { return float64(s.Stored) })
	add("samples_refused", "Samples refused since the start.", func(s metricstore.Status) float64 { return float64(s.Refused) })
	add("bytes", "What samples take on the disk.", func(s metricstore.Status) float64 { return float64(s.Bytes) })
	add("blocks_set_aside", "Blocks of samples that cannot be read.", func(s metricstore.Status) float64 { return float64(len(s.SetAside)) })
	return f
}

// Describe names the figures.
func (f *seriesFigures) Describe(to chan<- *prometheus.Desc) {
	for _, one := range f.figures {
		to <- one.desc
	}
}

// Collect looks.
func (f *seriesFigures) Collect(to chan<- prometheus.Metric) {
	st := f.store.Status()
	for _, one := range f.figures {
		to <- prometheus.MustNewConstMetric(one.desc, prometheus.GaugeValue, one.of(st))
	}
}

// seriesState hands the state of the store to the API, which does not know the store.
func (a *App) seriesState() api.SeriesState {
	return api.SeriesState{Status: a.seriesStatus, Refused: a.refusedSamples}
}

func (a *App) seriesStatus() api.SeriesStatus {
	st, jobs := a.Series.Status(), a.Scrape.Status()
	return api.SeriesStatus{
		Up: st.Up, Since: st.Since, Reason: st.Reason, Failure: st.Failure, Series: st.Series, SeriesLimit: st.Limit, Oldest: orNone(st.Oldest),
		Bytes: st.Bytes, DiskFree: st.Free, Stored: st.Stored, Refused: st.Refused, SetAside: st.SetAside,
		ScrapeFile: jobs.File, ScrapeJobs: jobs.Jobs, ScrapeLoaded: orNone(jobs.Loaded), ScrapeFault: jobs.Problem,
	}
}

func (a *App) refusedSamples() []api.RefusedSample {
	list, _ := a.Series.Refused()
	out := make([]api.RefusedSample, len(list))
	for i, r := range list {
		out[i] = api.RefusedSample{Seen: r.Seen, Via: r.Via, At: orNone(r.Point.At), Value: api.ValueText(r.Point.Value), Why: r.Why, Labels: map[string]string{}}
		for _, f := range r.Labels {
			out[i].Labels[f.Name] = f.Value
		}
	}
	return out
}
