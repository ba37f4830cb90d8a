package probe

import (
	"strings"

	"mainstay/internal/base/errs"
)

// SQL is a query to a database.
type SQL struct {
	Driver   string `yaml:"driver" json:"driver" doc:"postgres, mysql or sqlserver." enum:"postgres,mysql,sqlserver"`
	Address  string `yaml:"address" json:"address" doc:"Host and port."`
	Database string `yaml:"database,omitempty" json:"database,omitempty" doc:"Name of the database."`
	User     string `yaml:"user,omitempty" json:"user,omitempty" doc:"Sign in as; one who may only read."`
	Password Secret `yaml:"password,omitempty" json:"password,omitempty" doc:"Kept encrypted; \"kept\" leaves the stored one."`
	TLS      string `yaml:"tls,omitempty" json:"tls,omitempty" doc:"require (checked certificate), insecure (unchecked), or none; require when left out."`
	Query    string `yaml:"query,omitempty" json:"query,omitempty" doc:"One statement that reads. Its first row counts: a number in the first column is judged. SELECT 1 when left out."`
	Equals   string `yaml:"equals,omitempty" json:"equals,omitempty" doc:"What the first column must be, as text."`
	Value    Limits `yaml:"value,omitempty" json:"value,omitempty,omitzero" doc:"Limits of the number."`
}

// Redis is a command to Redis.
type Redis struct {
	Address  string   `yaml:"address" json:"address" doc:"Host and port, such as cache.example:6379."`
	User     string   `yaml:"user,omitempty" json:"user,omitempty" doc:"Sign in as."`
	Password Secret   `yaml:"password,omitempty" json:"password,omitempty" doc:"Kept encrypted; \"kept\" leaves the stored one."`
	TLS      bool     `yaml:"tls,omitempty" json:"tls,omitempty" doc:"Speak over TLS."`
	Insecure bool     `yaml:"insecure,omitempty" json:"insecure,omitempty" doc:"Do not check the certificate."`
	Command  []string `yaml:"command,omitempty" json:"command,omitempty" doc:"A command that reads, such as [LLEN, orders]; [PING] when left out."`
	Equals   string   `yaml:"equals,omitempty" json:"equals,omitempty" doc:"What it must answer, as text."`
	Value    Limits   `yaml:"value,omitempty" json:"value,omitempty,omitzero" doc:"Limits of the number that it answers."`
}

// readers are commands of Redis that change nothing.
var readers = []string{"PING", "GET", "LLEN", "SCARD", "ZCARD", "HLEN", "XLEN", "STRLEN", "EXISTS", "TTL", "PTTL", "HGET", "DBSIZE", "ZCOUNT", "SISMEMBER", "INFO"}

// Queue is a queue, or a consumer of one.
type Queue struct {
	System   string `yaml:"system" json:"system" doc:"amqp (RabbitMQ), nats, kafka or mqtt." enum:"amqp,nats,kafka,mqtt"`
	Address  string `yaml:"address" json:"address" doc:"Host and port; for kafka, one of the brokers."`
	User     string `yaml:"user,omitempty" json:"user,omitempty" doc:"Sign in as."`
	Password Secret `yaml:"password,omitempty" json:"password,omitempty" doc:"Kept encrypted; \"kept\" leaves the stored one."`
	TLS      bool   `yaml:"tls,omitempty" json:"tls,omitempty" doc:"Speak over TLS."`
	Insecure bool   `yaml:"insecure,omitempty" json:"insecure,omitempty" doc:"Do not check the certificate."`
	VHost    string `yaml:"vhost,omitempty" json:"vhost,omitempty" doc:"For amqp: / when left out."`
	Queue    string `yaml:"queue,omitempty" json:"queue,omitempty" doc:"amqp: the queue; nats: the stream of JetStream; kafka: the topic; mqtt: a topic whose retained message is read."`
	Group    string `yaml:"group,omitempty" json:"group,omitempty" doc:"kafka: the group whose lag counts; nats: the consumer."`
	Depth    Limits `yaml:"depth,omitempty" json:"depth,omitempty,omitzero" doc:"Limits of the messages that wait, or of the lag."`
	Readers  Limits `yaml:"readers,omitempty" json:"readers,omitempty,omitzero" doc:"amqp: limits of the number of consumers."`
}

func (s *SQL) validate(c *errs.Check, at string) {
	oneOf(c, at+"driver", s.Driver, "postgres", "mysql", "sqlserver")
	c.Require(s.Driver != "", at+"driver", "is required: postgres, mysql or sqlserver")
	address(c, at+"address", s.Address)
	oneOf(c, at+"tls", s.TLS, "require", "insecure", "none")
	c.Require(len(s.Query) <= maxParameter, at+"query", "must be at most %d bytes", maxParameter)
	s.Value.Validate(c, at+"value.")
}
func (s *SQL) where() string  { return s.Driver + s.Address + s.TLS }
func (s *SQL) target() string { return s.Address + "/" + s.Database }

func (r *Redis) validate(c *errs.Check, at string) {
	address(c, at+"address", r.Address)
	few(c, at+"command", r.Command)
	if len(r.Command) > 0 {
		c.Require(readOnly(r.Command[0]), at+"command[0]", "must be a command that reads: one of %s", strings.Join(readers, ", "))
	}
	r.Value.Validate(c, at+"value.")
}

func readOnly(command string) bool {
	for _, r := range readers {
		if strings.EqualFold(command, r) {
			return true
		}
	}
	return false
}
func (r *Redis) where() string {
	if !r.TLS {
		return r.Address
	}
	return r.Address + tlsOf("tls", r.Insecure)
}
func (r *Redis) target() string { return r.Address }

func (q *Queue) validate(c *errs.Check, at string) {
	oneOf(c, at+"system", q.System, "amqp", "nats", "kafka", "mqtt")
	c.Require(q.System != "", at+"system", "is required: amqp, nats, kafka or mqtt")
	address(c, at+"address", q.Address)
	c.Require(q.VHost == "" || q.System == "amqp", at+"vhost", "is for amqp")
	c.Require(q.Group == "" || q.System == "kafka" || q.System == "nats", at+"group", "is for kafka and nats")
	c.Require(q.Group == "" || q.Queue != "", at+"queue", "is required beside a group")
	c.Require(!q.Depth.Any() || q.Queue != "", at+"depth", "needs a queue")
	c.Require(!q.Readers.Any() || q.System == "amqp" && q.Queue != "", at+"readers", "is for a queue of amqp")
	c.Require(len(q.Queue) <= 250 && len(q.Group) <= 250, at+"queue", "must be at most 250 bytes")
	q.Depth.Validate(c, at+"depth.")
	q.Readers.Validate(c, at+"readers.")
}
func (q *Queue) where() string {
	if !q.TLS {
		return q.System + q.Address
	}
	return q.System + q.Address + tlsOf("tls", q.Insecure)
}
func (q *Queue) target() string {
	if q.Queue == "" {
		return q.Address
	}
	return q.Address + " " + q.Queue
}
