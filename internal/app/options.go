package app

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/engine/logstore"
)

// Options configure a server. Only DataDir is required.
type Options struct {
	// DataDir holds the database, the key file and the attachments. One process at a time
	// may use it.
	DataDir string
	// Listen is the address to listen on; empty means 127.0.0.1:8484.
	Listen string
	// Database is a URL; empty means SQLite in DataDir.
	Database string
	// BaseURL is where people reach this server; empty means http:// and the address that
	// it listens on. Links in messages start with it.
	BaseURL string
	// SMTPURL is smtp://user:password@host:587?from=desk@example.org; empty means that mail
	// cannot leave, which every message by mail then says.
	SMTPURL string
	// SiteName tells this installation from others: beside the product's name on pages, in
	// their titles and in the subjects of mails. It may be empty.
	SiteName string
	// Zone is the installation's own IANA time zone, in which readers may have times shown;
	// empty offers them UTC and their own only.
	Zone string
	// HoldMessages keeps every message in the queue: a restored copy can be looked at without
	// paging people. Whoever starts the server without it sends what has gathered.
	HoldMessages bool
	// BootstrapToken is an API token with the role admin; empty means none.
	BootstrapToken string
	// TrustedProxies are networks (CIDR) whose X-Forwarded-For is believed.
	TrustedProxies []string
	// DeliveryTimeout bounds one delivery; 0 means 10 s.
	DeliveryTimeout time.Duration
	// WebhooksOnlyPublic sends webhooks to public addresses only: for a desk whose contact
	// methods are entered by people who must not reach into its house.
	WebhooksOnlyPublic bool
	// FallbackAfter is how long a page may be undelivered before the person's next channel
	// is used too; 0 means 30 s.
	FallbackAfter time.Duration
	// AlarmURL receives the auditor's findings directly, not through the outbox: a JSON
	// POST. Empty means that they are only logged and shown.
	AlarmURL string
	// MetricsOpen serves /metrics to everybody, not only to this machine and to who may read
	// metrics.
	MetricsOpen bool
	// LogCluster is where a VictoriaLogs cluster is; empty runs the engine inside.
	LogCluster LogCluster
	// LogCommand starts the log engine; nil is this program. Only tests have another.
	LogCommand []string
	// LogRetention is how long log lines are kept; 0 means 90 days.
	LogRetention time.Duration
	// LogShort and LogLong switch the classes of log lines on that are kept for another time than
	// LogRetention; those without a retention are off.
	LogShort, LogLong LogKeeping
	// LogMaxDisk, LogMemory and LogSpool are bytes: what lines may take on the disk (0: no
	// limit; of standard lines where there are classes), what the engine may take of memory (0: 1 GiB), and what may wait for it (0: 4 GiB).
	LogMaxDisk, LogMemory, LogSpool int64
	// LogArchive is where days of log lines go before they are deleted.
	LogArchive ArchiveOptions
	// Series configure the store of time series.
	Series SeriesOptions
	// Syslog is where syslog is listened to.
	Syslog SyslogOptions
	// LogClock is the one by which log rules wait; nil is the wall's. Only tests have another.
	LogClock clock.Clock
	// Mount adds handlers by pattern, behind the edge's headers and limits but without
	// knowing who calls. Only the demo has any.
	Mount map[string]http.Handler
	// DemoURL is the path of the demo's page, to which the desk then leads; empty on a real
	// desk.
	DemoURL string

	Clock   clock.Clock // nil means the wall's
	Log     *slog.Logger
	Version string
}

// LogCluster is where a VictoriaLogs cluster takes and finds lines.
type LogCluster = logstore.Cluster

// LogKeeping is how log lines of a class are kept.
type LogKeeping = logstore.Keeping

// maxSiteName leaves room for what a subject is about.
const maxSiteName = 40

func (o Options) withDefaults() (Options, error) {
	var c errs.Check
	c.Require(o.DataDir != "", "data", "must name a directory")
	if o.Listen == "" {
		o.Listen = "127.0.0.1:8484"
	}
	if _, _, err := net.SplitHostPort(o.Listen); err != nil {
		c.Add("listen", "must be host:port, such as 127.0.0.1:8484")
	}
	if o.Database == "" {
		o.Database = "sqlite:" + filepath.Join(o.DataDir, "mainstay.db")
	}
	if o.BaseURL != "" {
		u, err := url.Parse(o.BaseURL)
		c.Require(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "",
			"base_url", "must be like https://desk.example.org")
		o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	}
	o.SiteName = strings.TrimSpace(o.SiteName)
	text.Line(&c, "site_name", o.SiteName)
	c.Require(utf8.RuneCountInString(o.SiteName) <= maxSiteName, "site_name", "must be at most %d characters", maxSiteName)
	c.Require((o.LogCluster.InsertURL == "") == (o.LogCluster.SelectURL == ""), "logs.insert_url", "and logs.select_url must both be given, or neither")
	c.Require(o.LogRetention == 0 || o.LogRetention >= 24*time.Hour, "logs.retention", "must be at least 24h")
	o.checkClasses(&c)
	o.LogArchive.check(&c, o.LogCluster.InsertURL != "")
	o.Series.check(&c)
	o.Syslog.check(&c)
	_, err := time.LoadLocation(o.Zone)
	c.Require(err == nil && o.Zone != "Local", "zone", "must be an IANA time zone such as Europe/London, not %q", o.Zone)
	if o.Clock == nil {
		o.Clock = clock.Wall()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	return o, c.Err("the configuration")
}
