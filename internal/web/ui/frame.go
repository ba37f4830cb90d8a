package ui

import (
	"context"
	"net/url"
	"time"
)

// Frame is what all pages of one request share. The web root puts it into the context with
// With; components read it there, so that a page author passes only what is the page's own.
type Frame struct {
	// Now is the server's time for this page; every clock on it starts from here.
	Now time.Time
	// Rate is how much faster than the wall the server's clock runs; 0 means 1. Only the demo differs.
	Rate float64
	// Position is the ledger's position that this page shows at least; 0 means unknown.
	Position int64
	// URL is the address of the page, from PageURL: filters, sort order and page are read from it.
	URL *url.URL
	// Site is the name of this installation, shown beside the product's; may be empty.
	Site string
	// SiteZone is the installation's own time zone, such as "Europe/London"; empty hides the choice.
	SiteZone string
	// Held is set where no message leaves the server, which every page says.
	Held bool
	// User is who is signed in; nil on pages for anybody.
	User *User
	// Nav are the destinations, most used first; the first eight are shown, the rest under "More".
	Nav []NavItem
	// Opens reports whether the reader may go to a destination, by its address; pages that lead to
	// what is not their own ask it. nil opens everything.
	Opens func(ctx context.Context, url string) bool
	// NavTopics and NavSrc keep the counts of the navigation live (see Live); empty leaves them still.
	NavTopics, NavSrc string
	// LiveURL is the feed, usually "/live"; empty switches live updates off.
	LiveURL string
	// PaletteURL answers the command palette, usually "/palette"; empty leaves the palette out.
	PaletteURL string
	// CSRF is put into every form as the hidden field "csrf" and sent by script as X-CSRF-Token.
	CSRF string
	// Flash are the messages for this person since the page before.
	Flash []Flash
}

// User is who is signed in, for the menu at the right end of the bar.
type User struct {
	// Login names the person uniquely; the live worker of a browser is bound to it.
	Login string
	Name  string
	// Role in words, such as "First line".
	Role string
	// ProfileURL leads to the person's own settings.
	ProfileURL string
	// SignOutURL is posted to.
	SignOutURL string
}

// NavItem is one destination.
type NavItem struct {
	Label, URL string
	// Go is the key that follows g, such as "i"; empty for none.
	Go string
	// Count is shown behind the label when it is not zero, loudly when Tone is Bad or Warn.
	Count int
	Tone  State
	// CountOf says what is counted, for screen readers, such as "open".
	CountOf string
	// Also are further addresses whose pages belong to this destination, such as "/rules" to logs.
	Also []string
	// Root marks the item as current only on exactly its URL.
	Root bool
}

// Flash is a short message about what just happened.
type Flash struct {
	Tone Tone
	Text string
}

// Tone colours a message.
type Tone string

// The tones of messages, notices and entries.
const (
	ToneInfo Tone = "info"
	ToneOK   Tone = "ok"
	ToneWarn Tone = "warn"
	ToneBad  Tone = "bad"
)

type frameKey struct{}

// With puts the frame into the context that pages are rendered with.
func With(ctx context.Context, f Frame) context.Context {
	return context.WithValue(ctx, frameKey{}, f)
}

// From returns the frame, or an empty one on the site's root.
func From(ctx context.Context) Frame {
	f, _ := ctx.Value(frameKey{}).(Frame)
	if f.URL == nil {
		f.URL = &url.URL{Path: "/"}
	}
	if f.Rate == 0 {
		f.Rate = 1
	}
	return f
}

// title is what the browser shows for a page: the page first, because tabs are narrow.
func (f Frame) title(page string) string {
	if f.Site != "" {
		page += " · " + f.Site
	}
	return page + " · Mainstay"
}

// login names the reader for the shared live worker; visitors share one.
func (f Frame) login() string {
	if f.User == nil {
		return "visitor"
	}
	return f.User.Login
}
