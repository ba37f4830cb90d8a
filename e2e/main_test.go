package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"

	"mainstay/internal/app"
)

// chromium is the browser of all tests: one process, in which every test has profiles of its
// own.
var chromium process

type process struct {
	ctx    context.Context
	absent string // why there is none
}

// executor is what commands to the whole browser run on.
func (p process) executor() context.Context {
	return cdp.WithExecutor(p.ctx, chromedp.FromContext(p.ctx).Browser)
}

// TestMain makes this binary the log engine when a desk wants it to be that.
func TestMain(m *testing.M) {
	if code, ran := app.Engine(); ran {
		os.Exit(code)
	}
	os.Exit(withChromium(m.Run))
}

func withChromium(run func() int) int {
	path := os.Getenv("MAINSTAY_TEST_CHROMIUM")
	if path == "" {
		path = "/usr/bin/chromium"
	}
	if _, err := os.Stat(path); err != nil {
		chromium.absent = fmt.Sprintf("no browser: %v (set MAINSTAY_TEST_CHROMIUM to the path of Chromium, or install Debian's package chromium)", err)
		return run()
	}
	dir, err := os.MkdirTemp("", "mainstay-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	// Nothing here switches off what browsers do to tabs in the background: that is tested.
	alloc, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-extensions", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-features", "Translate"), chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("hide-scrollbars", false),
	)
	defer stop()
	// The driver complains about events of newer browsers that it does not know.
	ctx, leave := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}))
	defer leave()
	if err := chromedp.Run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "%s does not start: %v\n", path, err)
		return 1
	}
	chromium.ctx = ctx
	return run()
}

// needChromium skips the test where there is no browser, or fails it where nothing may be skipped.
func needChromium(t *testing.T) {
	t.Helper()
	switch {
	case chromium.absent == "":
	case os.Getenv("MAINSTAY_NO_SKIP") == "1":
		t.Fatal(chromium.absent)
	default:
		t.Skip(chromium.absent)
	}
}
