package e2e

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// shotsEnv names a directory into which pages are photographed: every one that is looked at,
// and what a failed test saw last.
const shotsEnv = "MAINSTAY_TEST_SHOTS"

// shot photographs the page as the window shows it. It never fails a test.
func (x *tab) shot(name string) {
	dir := os.Getenv(shotsEnv)
	if dir == "" {
		return
	}
	var png []byte
	if err := chromedp.Run(x.ctx, chromedp.CaptureScreenshot(&png)); err != nil {
		x.t.Logf("no photograph of %s: %v", name, err)
		return
	}
	name = strings.NewReplacer("/", "_", "?", "_", "+", "_").Replace(name)
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		x.t.Logf("no photograph of %s: %v", name, err)
	}
}
