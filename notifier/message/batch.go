package message

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"

	"tocsin/evaluator"
	"tocsin/notifier"
)

// Most of what a template costs is its parsing, which Prometheus' package does
// for each expansion. So the alerts of one annotation are expanded together:
// the template is defined once and called for each of them, where it sees what
// it would see alone. It is an optimization and no more: whenever anything is
// out of the ordinary, they are expanded one by one.

// A job is one template with one source to ask.
type job struct{ source, text string }

// atOnce is how many alerts are expanded together: enough to make the parsing
// cheap, few enough for what their templates see to be no burden.
const atOnce = 500

// separator stands between the texts of a batch.
const separator = "\x00\x1etocsin\x1e\x00"

// prepare expands what many alerts share. Its results are used up in the same
// order by annotations.
func (x *expansion) prepare(list []notifier.Entry) {
	jobs := map[job][]any{}
	var order []job
	for i := range list {
		a := list[i].Alert
		var data any
		for _, t := range a.Annotations {
			j := job{a.Source, t.Text}
			if !strings.Contains(t.Text, "{{") {
				continue
			}
			if data == nil {
				data = x.data(a)
			}
			if jobs[j] == nil {
				order = append(order, j)
			}
			jobs[j] = append(jobs[j], data)
		}
	}
	x.ready = map[job][]string{}
	for _, j := range order {
		if len(jobs[j]) > 1 {
			x.batch(j, jobs[j])
		}
	}
}

// batch expands one template for all its alerts. The first is expanded alone
// too: what fails there, or asks, is not for a batch.
func (x *expansion) batch(j job, all []any) {
	missing := x.missing
	alone, err := x.execute(j, variables+j.text, "batch", all[0])
	x.missing = missing
	if err != nil {
		return
	}
	text := `{{define "__one"}}` + declared(j.text) + j.text + `{{end}}{{range .}}{{template "__one" .}}` + separator + `{{end}}`
	out, err := x.execute(j, text, "batch", all)
	x.missing = missing
	if err != nil {
		return
	}
	texts := strings.Split(out, separator)
	if len(texts) != len(all)+1 || texts[0] != alone || texts[len(all)] != "" {
		return
	}
	x.ready[j] = texts[:len(all)]
}

// declared are those of the variables that a text may name: each costs every alert of
// a batch its memory.
func declared(text string) string {
	var b strings.Builder
	for v := range strings.SplitAfterSeq(variables, "}}") {
		if name, _, _ := strings.Cut(strings.TrimPrefix(v, "{{"), " "); strings.Contains(text, name) {
			b.WriteString(v)
		}
	}
	return b.String()
}

// next returns the text of the next alert of a job, if it was prepared.
func (x *expansion) next(j job) (string, bool) {
	texts := x.ready[j]
	if len(texts) == 0 {
		return "", false
	}
	x.ready[j] = texts[1:]
	return texts[0], true
}

// data is what Prometheus shows to the templates of an alert.
func (x *expansion) data(a *evaluator.Alert) any {
	r := x.renderer
	return template.AlertTemplateData(a.Series.Map(), r.external, r.home, promql.Sample{F: float64(a.Value)})
}

// execute expands a text as Prometheus does. `now` is the delivery's instant,
// however often it is retried.
func (x *expansion) execute(j job, text, name string, data any) (string, error) {
	missed := false
	ask := func(_ context.Context, expr string, _ time.Time) (promql.Vector, error) {
		v, err := x.answer(Query{j.source, expr})
		missed = missed || errors.Is(err, errMissing)
		return v, err
	}
	out, err := template.NewTemplateExpander(context.Background(), text, name, data, x.at, ask, x.renderer.url, nil).Expand()
	if missed {
		return "", errMissing
	}
	return out, err
}
