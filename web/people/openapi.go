package people

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/common/version"
)

// Mount serves both APIs.
func Mount(mux *http.ServeMux, o Options) {
	o.mountV2(mux)
	o.mountV1(humago.New(mux, apiConfig()))
}

// apiConfig describes our own API. Only the description is served with it: no
// pages that load scripts from elsewhere, no links to schemas in answers.
func apiConfig() huma.Config {
	c := huma.DefaultConfig("tocsin", version.Version)
	c.Info.Description = "Alerts, acknowledgements and previews of silences. Silences themselves are at /api/v2, in Alertmanager's shape."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "/api/openapi", "", "", nil
	c.RejectUnknownQueryParameters = true
	return c
}

func (o Options) mountV1(api huma.API) {
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		ctx.SetHeader("Cache-Control", "no-store")
		next(ctx)
	})
	huma.Register(api, huma.Operation{
		OperationID: "list-alerts", Method: http.MethodGet, Path: "/api/tocsin/v1/alerts",
		Summary: "Alerts that people should know of, with what holds them", Errors: []int{http.StatusServiceUnavailable},
	}, o.listAlerts)
	huma.Register(api, huma.Operation{
		OperationID: "list-acknowledgements", Method: http.MethodGet, Path: "/api/tocsin/v1/acknowledgements",
		Summary: "Alerts that somebody has taken on", Errors: []int{http.StatusServiceUnavailable},
	}, o.listAcks)
	huma.Register(api, huma.Operation{
		OperationID: "acknowledge", Method: http.MethodPost, Path: "/api/tocsin/v1/acknowledgements",
		Summary: "Take alerts on", Errors: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusServiceUnavailable},
	}, o.acknowledge)
	huma.Register(api, huma.Operation{
		OperationID: "unacknowledge", Method: http.MethodDelete, Path: "/api/tocsin/v1/acknowledgements",
		Summary: "Take acknowledgements back", Errors: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusServiceUnavailable},
	}, o.unacknowledge)
	huma.Register(api, huma.Operation{
		OperationID: "preview-silence", Method: http.MethodPost, Path: "/api/tocsin/v1/silences/preview",
		Summary: "What a silence would match now; none is made", Errors: []int{http.StatusBadRequest, http.StatusServiceUnavailable},
	}, o.preview)
}

// A Caller is who asks, with the name that was checked, if any.
type Caller struct{ request *http.Request }

// Resolve takes it from the request.
func (c *Caller) Resolve(ctx huma.Context) []error {
	c.request, _ = humago.Unwrap(ctx)
	return nil
}

// problem is the answer to an error, by whose fault it is.
func problem(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errUnavailable):
		return huma.Error503ServiceUnavailable(err.Error())
	case errors.Is(err, errUnknown):
		return huma.Error404NotFound(err.Error())
	}
	return huma.Error400BadRequest(err.Error())
}

// A Previewed is what a silence would match.
type Previewed struct {
	Count  int     `json:"count"`
	Alerts []Alert `json:"alerts" doc:"The first thousand, errors first"`
}

// mostPreviewed bounds the alerts that a preview lists; all are counted.
const mostPreviewed = 1000

func (o Options) preview(ctx context.Context, in *struct {
	Body struct {
		Matchers []Matcher `json:"matchers"`
	}
},
) (*body[Previewed], error) {
	ms, err := ParseMatchers(in.Body.Matchers)
	if err != nil {
		return nil, problem(err)
	}
	all, err := o.alerts(ctx, matching(ms))
	if err != nil {
		return nil, problem(err)
	}
	sortByLevel(all)
	shown := all[:min(len(all), mostPreviewed)]
	return &body[Previewed]{Previewed{len(all), o.shapes(ctx, shown)}}, nil
}

// A body is an answer that is nothing but its body.
type body[T any] struct{ Body T }
