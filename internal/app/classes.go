package app

import (
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/signal"
)

// checkClasses says what is wrong with the classes of log lines. Those without a retention are off.
func (o *Options) checkClasses(c *errs.Check) {
	standard := o.LogRetention
	if standard == 0 {
		standard = logstore.DefaultRetention
	}
	for class, k := range o.logClasses() {
		name := string(class)
		if k.Retention == 0 {
			c.Require(k.MaxDisk == 0, "logs.max_disk_"+name, "needs logs.retention_%s, which switches the class on", name)
			continue
		}
		c.Require(k.Retention >= 24*time.Hour, "logs.retention_"+name, "must be at least 24h")
		c.Require(o.LogCluster.InsertURL == "", "logs.retention_"+name, "works with the engine inside: a cluster keeps lines by its own settings")
		// A limit for the others alone would be taken for one of all lines.
		c.Require(o.LogMaxDisk == 0 || k.MaxDisk > 0, "logs.max_disk_"+name, "must be given too where logs.max_disk is: each class has a limit of its own")
	}
	short, long := o.LogShort.Retention, o.LogLong.Retention
	c.Require(short == 0 || short < standard, "logs.retention_short", "must be shorter than logs.retention, which is %v", standard)
	c.Require(long == 0 || long > standard, "logs.retention_long", "must be longer than logs.retention, which is %v", standard)
}

func (o *Options) logClasses() map[signal.Class]logstore.Keeping {
	return map[signal.Class]logstore.Keeping{signal.Short: o.LogShort, signal.Long: o.LogLong}
}

// ages are how long lines of each class that is on are kept.
func (a *App) ages() map[signal.Class]time.Duration {
	ages := map[signal.Class]time.Duration{}
	for _, p := range a.Logs.Parts() {
		if p.On {
			ages[p.Class] = p.Retention
		}
	}
	return ages
}
