package host

import (
	"net/url"
	"strconv"
	"time"

	"mainstay/internal/web/ui"
)

// refetch is how often pages are fetched again because silence tells nobody of itself.
const refetch = time.Minute

func silentWords(n int) string {
	if n == 1 {
		return "1 host has been silent for more than a day: what it has is unknown"
	}
	return strconv.Itoa(n) + " hosts have been silent for more than a day: what they have is unknown"
}

func (in showPage) tabs() []ui.Tab {
	return []ui.Tab{
		{Label: "Changes", URL: in.address(""), Current: in.view != "files"},
		{Label: "Files", URL: in.address("files"), Current: in.view == "files"},
	}
}

func (in showPage) address(view string) string {
	q := url.Values{}
	for name, value := range map[string]string{"view": view, "root": in.where.Root, "q": in.where.Words} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return hostURL(in.Name)
	}
	return hostURL(in.Name) + "?" + q.Encode()
}

func (in showPage) options() []ui.Option {
	out := []ui.Option{{Value: "", Label: "All directories"}}
	for _, r := range in.Roots {
		out = append(out, ui.Option{Value: r.Path, Label: r.Path})
	}
	return out
}
