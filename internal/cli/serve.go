package cli

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/base/text"
)

type serve struct {
	Config string `help:"YAML file with these options; arguments and environment count more." env:"MAINSTAY_CONFIG" type:"path" placeholder:"FILE"`

	Data     string `help:"Directory for records, attachments and the key file." required:"" env:"MAINSTAY_DATA" type:"path" placeholder:"DIR"`
	Listen   string `help:"Address to listen on; ${default} when left out." default:"127.0.0.1:8484" env:"MAINSTAY_LISTEN" placeholder:"HOST:PORT"`
	Database string `help:"Database: postgres://…; SQLite in the data directory when left out." env:"MAINSTAY_DATABASE" placeholder:"URL"`
	BaseURL  string `name:"base-url" help:"Where people reach the server; links in messages begin with it." env:"MAINSTAY_BASE_URL" placeholder:"URL"`
	SMTPURL  string `name:"smtp-url" help:"How mail leaves: smtp://user:password@host:587?from=desk@bank.example, with &starttls=required (also when left out), opportunistic or off; or smtps://…. Without it no mail leaves." env:"MAINSTAY_SMTP_URL" placeholder:"URL"`
	AlarmURL string `name:"alarm-url" help:"Address that the auditor posts its findings to, past the message queue." env:"MAINSTAY_ALARM_URL" placeholder:"URL"`

	SiteName string `name:"site-name" help:"Name of this installation, on pages and in subjects of mails." env:"MAINSTAY_SITE_NAME" placeholder:"NAME"`
	Zone     string `help:"The installation's own IANA time zone, such as Europe/London, in which readers may have times shown." env:"MAINSTAY_ZONE" placeholder:"ZONE"`

	MetricsOpen bool `help:"Serve /metrics to everybody; to this machine and to tokens that may read metrics when left out." env:"MAINSTAY_METRICS_OPEN"`

	TrustedProxies []string      `help:"Networks whose X-Forwarded-For is believed." env:"MAINSTAY_TRUSTED_PROXIES" placeholder:"CIDR"`
	FallbackAfter  time.Duration `help:"How long a page may be undelivered before the next channel is used too." default:"30s" env:"MAINSTAY_FALLBACK_AFTER"`

	DeliveryTimeout time.Duration `help:"How long one delivery may take." default:"10s" env:"MAINSTAY_DELIVERY_TIMEOUT"`

	WebhooksOnlyPublic bool `name:"webhooks-only-public" help:"Send webhooks to public addresses only, never to loopback or private ones." env:"MAINSTAY_WEBHOOKS_ONLY_PUBLIC"`

	HoldMessages bool `name:"hold-messages" help:"Let no message leave, and page nobody: to look at a restored copy. Every page says so." env:"MAINSTAY_HOLD_MESSAGES"`

	Logs    logFlags    `embed:"" prefix:"logs-"`
	Metrics metricFlags `embed:"" prefix:"metrics-"`
	Syslog  syslogFlags `embed:"" prefix:"syslog-"`

	BootstrapToken string `help:"API token with the role admin, for the first configuration; better given in the environment." env:"MAINSTAY_BOOTSTRAP_TOKEN" placeholder:"SECRET"`

	LogLevel  string `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"MAINSTAY_LOG_LEVEL"`
	LogFormat string `help:"text or json, of the log and of what is printed at the start." enum:"text,json" default:"text" env:"MAINSTAY_LOG_FORMAT"`
}

// logFlags configure the store of log lines.
type logFlags struct {
	Retention      time.Duration `help:"How long log lines are kept." default:"2160h" env:"MAINSTAY_LOGS_RETENTION"`
	RetentionShort time.Duration `help:"How long lines of sources with retention short are kept, such as 168h; this switches the class on." env:"MAINSTAY_LOGS_RETENTION_SHORT" placeholder:"DURATION"`
	RetentionLong  time.Duration `help:"How long lines of sources with retention long are kept, such as 9600h; this switches the class on." env:"MAINSTAY_LOGS_RETENTION_LONG" placeholder:"DURATION"`
	MaxDisk        amount        `help:"What log lines may take on the disk before the oldest days go, such as 200GB; no limit when left out." env:"MAINSTAY_LOGS_MAX_DISK" placeholder:"AMOUNT"`
	MaxDiskShort   amount        `help:"The same for short lines." env:"MAINSTAY_LOGS_MAX_DISK_SHORT" placeholder:"AMOUNT"`
	MaxDiskLong    amount        `help:"The same for long lines." env:"MAINSTAY_LOGS_MAX_DISK_LONG" placeholder:"AMOUNT"`
	Memory         amount        `help:"What the log engine may take of memory." default:"1GiB" env:"MAINSTAY_LOGS_MEMORY" placeholder:"AMOUNT"`
	Spool          amount        `help:"What may wait on the disk for the log engine; then senders have to wait." default:"4GiB" env:"MAINSTAY_LOGS_SPOOL" placeholder:"AMOUNT"`

	Archive          string        `help:"Where each day of log lines is archived before it is deleted: a directory, or s3://BUCKET/PREFIX; nowhere when left out." env:"MAINSTAY_LOGS_ARCHIVE" placeholder:"WHERE"`
	ArchiveMargin    time.Duration `help:"How much longer than the retention days stay, for the case that archiving fails." default:"168h" env:"MAINSTAY_LOGS_ARCHIVE_MARGIN"`
	ArchiveEndpoint  string        `help:"Address of the S3-compatible server of the archive, such as https://s3.eu-west-2.amazonaws.com." env:"MAINSTAY_LOGS_ARCHIVE_ENDPOINT" placeholder:"URL"`
	ArchiveRegion    string        `help:"Its region." default:"us-east-1" env:"MAINSTAY_LOGS_ARCHIVE_REGION"`
	ArchiveAccessKey string        `help:"Access key of the bucket." env:"MAINSTAY_LOGS_ARCHIVE_ACCESS_KEY"`
	ArchiveSecretKey string        `help:"Its secret; better given in the environment." env:"MAINSTAY_LOGS_ARCHIVE_SECRET_KEY"`

	InsertURL string `name:"insert-url" help:"Where a VictoriaLogs cluster takes lines; the engine inside when left out." env:"MAINSTAY_LOGS_INSERT_URL" placeholder:"URL"`
	SelectURL string `name:"select-url" help:"Where a VictoriaLogs cluster answers questions." env:"MAINSTAY_LOGS_SELECT_URL" placeholder:"URL"`
	User      string `help:"User of the cluster." env:"MAINSTAY_LOGS_USER"`
	Password  string `help:"Password of the cluster; better given in the environment." env:"MAINSTAY_LOGS_PASSWORD"`
}

// metricFlags configure the store of time series.
type metricFlags struct {
	Retention  time.Duration `help:"How long samples of time series are kept." default:"9600h" env:"MAINSTAY_METRICS_RETENTION"`
	MaxDisk    amount        `help:"What samples may take on the disk before the oldest go, such as 100GB; no limit when left out." env:"MAINSTAY_METRICS_MAX_DISK" placeholder:"AMOUNT"`
	OutOfOrder time.Duration `help:"How much older than the newest sample one may be that arrives late." default:"24h" env:"MAINSTAY_METRICS_OUT_OF_ORDER"`
	MaxSeries  int           `help:"How many time series may be in memory; new ones beyond are refused." default:"2000000" env:"MAINSTAY_METRICS_MAX_SERIES"`
	ScrapeFile string        `help:"File of scrape jobs, as Prometheus writes them under scrape_configs; it is read again when it changes." type:"path" env:"MAINSTAY_METRICS_SCRAPE_FILE" placeholder:"FILE"`

	WriteURL string `name:"write-url" help:"Where a cluster takes samples by Prometheus' remote write; the store inside when left out." env:"MAINSTAY_METRICS_WRITE_URL" placeholder:"URL"`
	QueryURL string `name:"query-url" help:"Where the cluster answers Prometheus' query API, without /api/v1." env:"MAINSTAY_METRICS_QUERY_URL" placeholder:"URL"`
	User     string `help:"User of the cluster." env:"MAINSTAY_METRICS_USER"`
	Password string `help:"Password of the cluster; better given in the environment." env:"MAINSTAY_METRICS_PASSWORD"`
}

// syslogFlags are where syslog is listened to.
type syslogFlags struct {
	UDP      string `help:"Address at which syslog is listened to over UDP, such as :514. Which source a message belongs to is decided by the addresses of the sources." env:"MAINSTAY_SYSLOG_UDP" placeholder:"HOST:PORT"`
	TCP      string `help:"The same over TCP." env:"MAINSTAY_SYSLOG_TCP" placeholder:"HOST:PORT"`
	TLS      string `help:"The same over TLS, such as :6514." env:"MAINSTAY_SYSLOG_TLS" placeholder:"HOST:PORT"`
	Cert     string `help:"Certificate for syslog over TLS." type:"path" env:"MAINSTAY_SYSLOG_CERT" placeholder:"FILE"`
	Key      string `help:"Its key." type:"path" env:"MAINSTAY_SYSLOG_KEY" placeholder:"FILE"`
	ClientCA string `name:"client-ca" help:"Authorities whose certificates senders must have." type:"path" env:"MAINSTAY_SYSLOG_CLIENT_CA" placeholder:"FILE"`
}

// amount is a number of bytes, written as 500MB or 10GiB.
type amount int64

// UnmarshalText reads an amount.
func (a *amount) UnmarshalText(s []byte) error {
	n, err := text.Bytes(string(s))
	*a = amount(n)
	return err
}

// stopTime is how long requests under way may take when the server stops.
const stopTime = 15 * time.Second

func (c *serve) options(env Env) app.Options {
	return app.Options{
		DataDir: c.Data, Listen: c.Listen, Database: c.Database, BaseURL: c.BaseURL, SMTPURL: c.SMTPURL, AlarmURL: c.AlarmURL,
		SiteName: c.SiteName, Zone: c.Zone, MetricsOpen: c.MetricsOpen,
		TrustedProxies: c.TrustedProxies, FallbackAfter: c.FallbackAfter, DeliveryTimeout: c.DeliveryTimeout,
		WebhooksOnlyPublic: c.WebhooksOnlyPublic, HoldMessages: c.HoldMessages,
		LogRetention: c.Logs.Retention,
		LogShort:     app.LogKeeping{Retention: c.Logs.RetentionShort, MaxDisk: int64(c.Logs.MaxDiskShort)},
		LogLong:      app.LogKeeping{Retention: c.Logs.RetentionLong, MaxDisk: int64(c.Logs.MaxDiskLong)},
		LogMaxDisk:   int64(c.Logs.MaxDisk), LogMemory: int64(c.Logs.Memory), LogSpool: int64(c.Logs.Spool),
		LogCluster: app.LogCluster{InsertURL: c.Logs.InsertURL, SelectURL: c.Logs.SelectURL, User: c.Logs.User, Password: c.Logs.Password},
		LogArchive: app.ArchiveOptions{
			To: c.Logs.Archive, Margin: c.Logs.ArchiveMargin, Endpoint: c.Logs.ArchiveEndpoint, Region: c.Logs.ArchiveRegion,
			AccessKey: c.Logs.ArchiveAccessKey, SecretKey: c.Logs.ArchiveSecretKey,
		},
		Series: app.SeriesOptions{
			Retention: c.Metrics.Retention, MaxDisk: int64(c.Metrics.MaxDisk), OutOfOrder: c.Metrics.OutOfOrder, MaxSeries: c.Metrics.MaxSeries,
			ScrapeFile: c.Metrics.ScrapeFile,
			Cluster:    app.SeriesCluster{WriteURL: c.Metrics.WriteURL, QueryURL: c.Metrics.QueryURL, User: c.Metrics.User, Password: c.Metrics.Password},
		},
		Syslog: app.SyslogOptions{
			UDP: c.Syslog.UDP, TCP: c.Syslog.TCP, TLS: c.Syslog.TLS,
			CertFile: c.Syslog.Cert, KeyFile: c.Syslog.Key, ClientCAFile: c.Syslog.ClientCA,
		},
		BootstrapToken: c.BootstrapToken, Log: c.log(env), Version: env.Version,
	}
}

func (c *serve) log(env Env) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // one of the enum
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(env.Err, o))
	}
	return slog.New(slog.NewTextHandler(env.Err, o))
}

// Run serves until the context ends.
func (c *serve) Run(ctx context.Context, env Env) error {
	whole := context.WithoutCancel(ctx) // a start is finished, and then stopped in order
	a, err := app.New(whole, c.options(env))
	if err != nil {
		return err
	}
	a.Start(whole)
	if err = c.greet(whole, env, a); err == nil {
		<-ctx.Done()
	}
	stopping, cancel := context.WithTimeout(whole, stopTime)
	defer cancel()
	return errors.Join(err, a.Stop(stopping))
}
