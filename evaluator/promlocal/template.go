package promlocal

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"
)

// A Template is a label or an annotation of a rule, with what it sees.
type Template struct {
	Alert, Text    string
	Sample         Sample
	At             model.Time
	ExternalLabels labels.Labels
	ExternalURL    string
}

// variables are what Prometheus puts before every template.
const variables = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"

// Expand renders a template as Prometheus does: one that fails says so in its
// place. Its queries are answered as of its time.
func (s *Source) Expand(ctx context.Context, t Template) string {
	if !strings.Contains(t.Text, "{{") {
		return t.Text
	}
	link, err := url.Parse(t.ExternalURL)
	if err != nil {
		link = &url.URL{}
	}
	data := template.AlertTemplateData(t.Sample.Labels.Map(), t.ExternalLabels.Map(), t.ExternalURL,
		promql.Sample{Metric: t.Sample.Labels, F: t.Sample.Value, H: t.Sample.Histogram})
	query := func(ctx context.Context, expr string, at time.Time) (promql.Vector, error) {
		found, err := s.Query(ctx, expr, model.TimeFromUnixNano(at.UnixNano()))
		return toVector(found), err
	}
	out, err := template.NewTemplateExpander(ctx, variables+t.Text, "__alert_"+t.Alert, data, t.At, query, link, nil).Expand()
	if err != nil {
		return fmt.Sprintf("<error expanding template: %s>", err)
	}
	return out
}

func toVector(all []Sample) promql.Vector {
	out := make(promql.Vector, 0, len(all))
	for _, x := range all {
		out = append(out, promql.Sample{Metric: x.Labels, T: int64(x.At), F: x.Value, H: x.Histogram})
	}
	return out
}
