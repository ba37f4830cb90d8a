package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// Most of what SQLite did for an alert was to parse the same forty statements again. So each
// connection keeps those that it has seen prepared: an alert costs a third less CPU. (pgx
// does this by itself.)

// maxStatements bounds what a connection keeps; then it starts over. Each takes some 10 KB.
const maxStatements = 200

// preparing makes connections to SQLite that keep their statements.
type preparing struct{ driver.Connector }

// Connect opens a connection.
func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	lite, ok := c.(liteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("driver of SQLite gave a %T", c), c.Close())
	}
	return &keeping{lite, map[string]*statement{}}, nil
}

// liteConn is what the driver's connections can do.
type liteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type liteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type statement struct {
	liteStmt
	busy bool // its rows are being read
}

// keeping is a connection that keeps its statements. Like every driver.Conn, it is used by
// one goroutine at a time.
type keeping struct {
	liteConn
	kept map[string]*statement
}

// statement returns a kept statement that is free, or nil when the query must go without.
func (c *keeping) statement(ctx context.Context, query string) (*statement, error) {
	if s, ok := c.kept[query]; ok {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	if len(c.kept) >= maxStatements {
		if err := c.startOver(); err != nil {
			return nil, err
		}
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &statement{liteStmt: prepared.(liteStmt)}
	c.kept[query] = s
	return s, nil
}

func (c *keeping) startOver() error {
	var all []error
	for query, s := range c.kept {
		if !s.busy {
			all = append(all, s.Close())
			delete(c.kept, query)
		}
	}
	return errors.Join(all...)
}

// ExecContext runs a statement.
func (c *keeping) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.liteConn.ExecContext(ctx, query, args)
	}
	return s.ExecContext(ctx, args)
}

// QueryContext runs a query. Its statement is busy until the rows are closed.
func (c *keeping) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.liteConn.QueryContext(ctx, query, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &freeing{rows, s}, nil
}

type freeing struct {
	driver.Rows
	of *statement
}

// Close closes the rows and frees their statement.
func (r *freeing) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}

// Close closes the statements and the connection.
func (c *keeping) Close() error {
	return errors.Join(c.startOver(), c.liteConn.Close())
}
