package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
)

// Route is one operation and the action that it takes.
type Route struct {
	Method string
	Path   string // with {names} of what varies
	// Action is what the caller must be allowed to do; empty for what is everybody's own.
	Action people.Action
	// About says in a line what the operation does.
	About string

	tag    string
	status int // of success; 0 means 200
}

// Routes lists every operation.
func (a *API) Routes() []Route { return a.routes }

// Routes lists every operation of the API.
func Routes() []Route { return New(Config{}).routes }

func get(path string, action people.Action, about string) Route {
	return Route{Method: http.MethodGet, Path: Root + path, Action: action, About: about}
}

func post(path string, action people.Action, about string) Route {
	return Route{Method: http.MethodPost, Path: Root + path, Action: action, About: about}
}

// create is a post that makes a record.
func create(path string, action people.Action, about string) Route {
	return Route{Method: http.MethodPost, Path: Root + path, Action: action, About: about, status: http.StatusCreated}
}

func put(path string, action people.Action, about string) Route {
	return Route{Method: http.MethodPut, Path: Root + path, Action: action, About: about}
}

func remove(path string, action people.Action, about string) Route {
	return Route{Method: http.MethodDelete, Path: Root + path, Action: action, About: about, status: http.StatusNoContent}
}

// operation describes a route to huma.
func (a *API) operation(r Route) huma.Operation {
	if r.tag == "" {
		r.tag, _, _ = strings.Cut(strings.TrimPrefix(r.Path, Root+"/"), "/")
	}
	a.routes = append(a.routes, r)
	op := huma.Operation{
		OperationID: operationID(r), Method: r.Method, Path: r.Path, Summary: r.About, Tags: []string{r.tag},
		DefaultStatus: r.status, BodyReadTimeout: -1, MaxBodyBytes: maxBody, Middlewares: huma.Middlewares{a.permitted(r)},
	}
	if r.Action != "" {
		op.Description = "Needs `" + string(r.Action) + "`."
	}
	return op
}

// operationID is "postIncidentsKeyAcknowledge".
func operationID(r Route) string {
	var id strings.Builder
	id.WriteString(strings.ToLower(r.Method))
	for word := range strings.FieldsFuncSeq(strings.TrimPrefix(r.Path, Root), func(r rune) bool { return strings.ContainsRune("/-{}", r) }) {
		id.WriteString(capital(word))
	}
	return id.String()
}

// permitted refuses whom the matrix never allows the route's action, on whatever.
func (a *API) permitted(route Route) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if err := mayEver(edge.Actor(ctx.Context()), route.Action); err != nil {
			r, w := humago.Unwrap(ctx)
			a.fail(w, r, err)
			return
		}
		next(ctx)
	}
}

// mayEver asks for the action on the target that suits the actor best.
func mayEver(by actor.Actor, action people.Action) error {
	if action == "" {
		return nil
	}
	return people.Allow(by, action, people.Target{
		Owner: by.ID, Teams: by.Teams, Customers: []string{by.Customer}, Service: by.Service,
	})
}

// add registers an operation whose answer has a body.
func add[I, O any](a *API, r Route, do func(context.Context, actor.Actor, *I) (O, error)) {
	huma.Register(a.huma, a.operation(r), func(ctx context.Context, in *I) (*answer[O], error) {
		body, err := do(ctx, edge.Actor(ctx), in)
		if err != nil {
			return nil, a.failure(ctx, r, err)
		}
		return &answer[O]{Body: body}, nil
	})
}

// answer is what huma wants around a body.
type answer[O any] struct{ Body O }

// act registers an operation that answers nothing.
func act[I any](a *API, r Route, do func(context.Context, actor.Actor, *I) error) {
	r.status = http.StatusNoContent
	huma.Register(a.huma, a.operation(r), func(ctx context.Context, in *I) (*struct{}, error) {
		if err := do(ctx, edge.Actor(ctx), in); err != nil {
			return nil, a.failure(ctx, r, err)
		}
		return nil, nil
	})
}

// raw registers an operation that reads its request and writes its answer by itself.
func (a *API) raw(r Route, describe func(*huma.Operation), do http.HandlerFunc) {
	op := a.operation(r)
	describe(&op)
	a.huma.OpenAPI().AddOperation(&op)
	a.mux.HandleFunc(r.Method+" "+r.Path, func(w http.ResponseWriter, req *http.Request) {
		if err := mayEver(edge.Actor(req.Context()), r.Action); err != nil {
			a.fail(w, req, err)
			return
		}
		do(w, req)
	})
}
