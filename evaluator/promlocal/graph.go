package promlocal

import (
	"bytes"
	"html/template"
	"net/http"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
)

// graphPage is where links to a graph of Prometheus' own pages lead: what the
// expression was at the end of that graph, as a table.
var graphPage = template.Must(template.New("graph").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Expr}}</title>
<style>
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
pre{white-space:pre-wrap;border:1px solid #8884;border-radius:6px;padding:.75rem}
td,th{text-align:left;padding:.2rem 1rem .2rem 0;font-variant-numeric:tabular-nums}
</style></head><body>
<p>In place of a graph: what the real PromQL engine makes of this at {{.At}}.</p>
<pre>{{.Expr}}</pre>
{{with .Error}}<p>{{.}}</p>{{end}}
{{if .Rows}}<table><tr><th>series</th><th>value</th></tr>
{{range .Rows}}<tr><td>{{.Labels}}</td><td>{{.Value}}</td></tr>
{{end}}</table>{{else}}<p>No series.</p>{{end}}
</body></html>
`))

// A graphRow is one series of the page.
type graphRow struct {
	Labels string
	Value  float64
}

// graph shows the expression of a link as messages have it.
func (h *handler) graph(w http.ResponseWriter, r *http.Request) {
	view := struct {
		Expr, At, Error string
		Rows            []graphRow
	}{Expr: r.FormValue("g0.expr")}
	at, err := time.Parse(time.DateTime, r.FormValue("g0.end_input"))
	if err != nil {
		at = h.now()
	}
	view.At = at.UTC().Format(time.DateTime + " UTC")
	answer := h.source.Ask(r.Context(), engine.Ask{Expr: view.Expr, At: model.TimeFromUnixNano(at.UnixNano())})
	view.Rows, view.Error = graphRows(answer), answer.Error
	var page bytes.Buffer
	if err := graphPage.Execute(&page, view); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = page.WriteTo(w) // who has gone needs no answer
}

func graphRows(a evaluator.Answer) (out []graphRow) {
	for _, s := range a.Samples {
		ls, err := a.Parse(s.Raw)
		if err == nil {
			out = append(out, graphRow{ls.String(), s.Value})
		}
	}
	return out
}
