package message

import (
	"net/url"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
)

// longestURL is the length beyond which an address is not made a link: no
// service takes more.
const longestURL = 2000

// A Link is a named address.
type Link struct{ Name, URL string }

// Web returns the address if it is one that may become a link: http or https,
// with a host, and not too long.
func Web(address string) (string, bool) {
	address = strings.TrimSpace(address)
	if address == "" || len(address) > longestURL {
		return "", false
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	return u.String(), true
}

// links returns where to look: runbook, dashboard and the graph of the
// expression, those that there are.
func links(i *Item) []Link {
	var all []Link
	for _, kind := range []struct{ name, annotation string }{
		{"Runbook", "runbook_url"}, {"Dashboard", "dashboard_url"},
	} {
		if address, ok := Web(find(i.Annotations, kind.annotation)); ok {
			all = append(all, Link{kind.name, address})
		}
	}
	if address, ok := Web(i.Graph); ok {
		all = append(all, Link{"Graph", address})
	}
	return all
}

// A graphKey is what tells the graphs of one message apart.
type graphKey struct{ source, expr string }

// graph is the address of the graph of an alert. Most of a message have the same.
func (x *expansion) graph(a *evaluator.Alert) string {
	k := graphKey{a.Source, a.Expr}
	address, ok := x.graphs[k]
	if !ok {
		if x.graphs == nil {
			x.graphs = map[graphKey]string{}
		}
		address = x.renderer.graph(a, x.at)
		x.graphs[k] = address
	}
	return address
}

// graph is the address of the expression's graph in the source's own pages, the
// hour up to the delivery.
func (r *Renderer) graph(a *evaluator.Alert, at model.Time) string {
	base, ok := r.sources[a.Source]
	if !ok || a.Expr == "" {
		return ""
	}
	return base + "/graph?g0.expr=" + url.QueryEscape(a.Expr) +
		"&g0.tab=0&g0.range_input=1h&g0.end_input=" + url.QueryEscape(at.Time().UTC().Format("2006-01-02 15:04:05"))
}

func find(pairs []Pair, name string) string {
	for _, p := range pairs {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}
