// Package sql asks databases. The statement runs in a transaction that is rolled back, and may only read
// where the database knows such transactions.
package sql

import (
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"mainstay/internal/base/clock"
	"mainstay/internal/probe"
	"mainstay/internal/probe/certificate"
)

const usualQuery = "SELECT 1"

// Make asks once, over a connection of its own.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	q := s.SQL
	d, err := open(q, e)
	if err != nil {
		return probe.Unsure("the database cannot be asked: %s", probe.Words(err))
	}
	defer d.Close()
	d.SetMaxOpenConns(1)
	took := clock.Stopwatch()
	if err := d.PingContext(ctx); err != nil {
		return certificate.Broken(err)
	}
	connected := took()
	r := ask(ctx, d, q)
	r.Add("phase_connect", connected.Seconds(), "s")
	r.Add("phase_wait", (took() - connected).Seconds(), "s")
	return r
}

func ask(ctx context.Context, d *sql.DB, q *probe.SQL) probe.Result {
	tx, err := d.BeginTx(ctx, &sql.TxOptions{ReadOnly: q.Driver != "sqlserver"})
	if err != nil {
		return probe.Broken(err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	query := q.Query
	if strings.TrimSpace(query) == "" {
		query = usualQuery
	}
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return probe.Broken(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return probe.Broken(err)
	}
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return probe.Broken(err)
		}
		return probe.Fail("the query finds no row")
	}
	first := sql.NullString{}
	cells := make([]any, len(columns))
	for i := range cells {
		cells[i] = new(any)
	}
	cells[0] = &first
	if err := rows.Scan(cells...); err != nil {
		return probe.Broken(err)
	}
	return judge(q, columns[0], first)
}

func judge(q *probe.SQL, column string, is sql.NullString) probe.Result {
	shown := "NULL"
	if is.Valid {
		shown = is.String
	}
	r := probe.Fine("%s is %s", column, shown)
	if q.Equals != "" && shown != q.Equals {
		r.Worsen(probe.Failed, "%s is %q, not %q", column, shown, q.Equals)
	}
	n, err := strconv.ParseFloat(is.String, 64)
	if err == nil {
		r.Add("value", n, "")
		q.Value.Judge(&r, column, n)
	} else if q.Value.Any() {
		r.Worsen(probe.Failed, "%s is %q, which is no number", column, shown)
	}
	return r
}

func open(q *probe.SQL, e probe.Env) (*sql.DB, error) {
	host, port, err := net.SplitHostPort(q.Address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	var secured *tls.Config
	if q.TLS != "none" {
		secured = certificate.Config(host, q.TLS == "insecure", e.Clock)
	}
	switch q.Driver {
	case "postgres":
		return postgres(q, e, host, uint16(n), secured)
	case "mysql":
		return mySQL(q, e, secured)
	case "sqlserver":
		return sqlServer(q, e, host, n, secured), nil
	}
	return nil, fmt.Errorf("databases of the kind %q are not known", q.Driver)
}

func postgres(q *probe.SQL, e probe.Env, host string, port uint16, secured *tls.Config) (*sql.DB, error) {
	c, err := pgx.ParseConfig("")
	if err != nil {
		return nil, err
	}
	c.Host, c.Port, c.Database, c.User, c.Password = host, port, q.Database, q.User, string(q.Password)
	c.TLSConfig, c.Fallbacks, c.DialFunc = secured, nil, e.Dialer().DialContext
	c.DefaultQueryExecMode = pgx.QueryExecModeExec
	c.RuntimeParams = map[string]string{"application_name": "mainstay-check"}
	return stdlib.OpenDB(*c), nil
}

func mySQL(q *probe.SQL, e probe.Env, secured *tls.Config) (*sql.DB, error) {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = q.User, string(q.Password), "tcp", q.Address, q.Database
	c.DialFunc, c.TLS = e.Dialer().DialContext, secured
	c.Logger = silent{}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// silent keeps the driver from writing to standard error.
type silent struct{}

// Print does nothing.
func (silent) Print(...any) {}

func sqlServer(q *probe.SQL, e probe.Env, host string, port uint64, secured *tls.Config) *sql.DB {
	c := msdsn.Config{Host: host, Port: port, Database: q.Database, User: q.User, Password: string(q.Password), AppName: "mainstay-check",
		Encryption: msdsn.EncryptionDisabled, TLSConfig: secured, Protocols: []string{"tcp"}, DisableRetry: true, ReadOnlyIntent: q.Database != "",
		Parameters: map[string]string{}}
	if secured != nil {
		c.Encryption = msdsn.EncryptionRequired
	}
	connector := mssql.NewConnectorConfig(c)
	connector.Dialer = e.Dialer()
	return sql.OpenDB(connector)
}
