package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// PageURL is the address of the page that the reader has before them: the request's own, or, for a
// fragment, that of the page which asks for it. It belongs into Frame.URL.
func PageURL(r *http.Request) *url.URL {
	if r.Header.Get("HX-Request") == "" {
		return r.URL
	}
	u, err := url.Parse(r.Header.Get("HX-Current-URL"))
	if err != nil || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") {
		return r.URL
	}
	return &url.URL{Path: u.Path, RawQuery: u.RawQuery}
}

// with returns the address of the page with one parameter set, or taken away when value is
// empty. A changed filter or order starts again at the first page.
func (f Frame) with(name, value string) string {
	q := f.URL.Query()
	q.Del("cursor")
	if value == "" {
		q.Del(name)
	} else {
		q.Set(name, value)
	}
	return address(f.URL.Path, q)
}

func address(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// current reports whether the item leads to the page shown, to a parent of it, or to what it belongs to.
func (f Frame) current(item NavItem) bool {
	path, _, _ := strings.Cut(item.URL, "?")
	if f.URL.Path == path || !item.Root && f.below(path) {
		return true
	}
	return slices.ContainsFunc(item.Also, func(also string) bool { return f.URL.Path == also || f.below(also) })
}

func (f Frame) below(path string) bool { return path != "/" && strings.HasPrefix(f.URL.Path, path+"/") }

// underMore reports whether the page belongs to a destination that only the menu "More" shows.
func (f Frame) underMore() bool {
	return !slices.ContainsFunc(f.Nav[:shown], f.current) && slices.ContainsFunc(f.Nav[shown:], f.current)
}

// Order is the sort order in the address: ?sort=opened, or ?sort=-opened for descending.
type Order struct {
	Column string
	Desc   bool
}

// OrderOf reads the order from the address, or returns the default.
func OrderOf(u *url.URL, def Order) Order {
	s := u.Query().Get("sort")
	if s == "" {
		return def
	}
	return Order{Column: strings.TrimPrefix(s, "-"), Desc: strings.HasPrefix(s, "-")}
}

// next is the order after a click on column's head.
func (o Order) next(column string) string {
	if o.Column == column && !o.Desc {
		return "-" + column
	}
	return column
}

// aria is the value of aria-sort for column, empty when the list is not sorted by it.
func (o Order) aria(column string) string {
	switch {
	case o.Column != column:
		return ""
	case o.Desc:
		return "descending"
	}
	return "ascending"
}
