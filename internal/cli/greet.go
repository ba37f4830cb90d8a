package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"

	"mainstay/internal/app"
)

// greeting is what a server that has started says of itself.
type greeting struct {
	address, people string // where it listens, and where people reach it
	data, database  string
	held            bool   // no message leaves
	mail            string // host of the mail server; empty when there is none
	setUp           string // where the first administrator sets a password; empty when one has
}

// greet says how the server stands, and how to begin where nobody can sign in yet.
func (c *serve) greet(ctx context.Context, env Env, a *app.App) error {
	g := greeting{address: "http://" + a.Addr(), people: a.BaseURL, data: c.Data, database: "SQLite", held: c.HoldMessages}
	if a.DB.Postgres() {
		g.database = "PostgreSQL"
	}
	if u, err := url.Parse(c.SMTPURL); err == nil {
		g.mail = u.Host // never who signs in there
	}
	setUp, err := setUpLink(ctx, a)
	if err != nil {
		return err
	}
	g.setUp = setUp
	if c.LogFormat == "json" {
		g.log(slog.New(slog.NewJSONHandler(env.Out, nil)))
		return nil
	}
	g.print(env.Out)
	return nil
}

// setUpLink makes the link with which the first administrator sets a password, as long as none has
// one. A token alone lets nobody sign in, so it is made beside a bootstrap token too.
func setUpLink(ctx context.Context, a *app.App) (string, error) {
	first, err := a.Rooms.People.FirstRun(ctx)
	if err != nil || !first {
		return "", err
	}
	code, err := a.Rooms.People.SetUpCode(ctx)
	return a.BaseURL + "/setup?code=" + code, err
}

func (g greeting) print(w io.Writer) {
	fmt.Fprintf(w, "mainstay listens on %s\n", g.address)
	if g.people != g.address {
		fmt.Fprintf(w, "  people    %s\n", g.people)
	}
	fmt.Fprintf(w, "  data      %s\n", g.data)
	fmt.Fprintf(w, "  database  %s\n", g.database)
	if g.mail == "" {
		fmt.Fprintln(w, "  mail      none: messages by mail cannot leave (--smtp-url)")
	} else {
		fmt.Fprintf(w, "  mail      %s\n", g.mail)
	}
	if g.held {
		fmt.Fprintln(w, "  messages  HELD: none leaves, nobody is paged (--hold-messages)")
	}
	if g.setUp != "" {
		fmt.Fprintf(w, "no administrator has a password yet: open %s within 24 hours\n", g.setUp)
	}
}

func (g greeting) log(to *slog.Logger) {
	to.Info("mainstay listens", "address", g.address, "people", g.people, "data", g.data, "database", g.database,
		"mail", g.mail, "messages_held", g.held, "set_up", g.setUp)
}
