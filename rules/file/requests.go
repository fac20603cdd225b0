package file

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// RequestCalls are requests that users write themselves. Update and Resolve may
// be nil: what has changed is then raised again, and of an end nothing is told.
type RequestCalls struct{ Raise, Update, Resolve *RequestCall }

// A RequestCall is a request as templates; all is filled in.
type RequestCall struct {
	Method, URL string
	Headers     map[string]string // by canonical name
	Body        string
}

// A rawOwn is what request_configs have besides the keys of all requests.
type rawOwn struct {
	name                   text
	incident               flag
	common                 rawCall
	raise, update, resolve *rawCall
}

// A rawCall is a request as written.
type rawCall struct {
	pos
	method, url text
	headers     map[string]text
	body        text
}

func (d *doc) request(n *yaml.Node) *rawRequest {
	r := d.newRequest(n, "request")
	o := &rawOwn{common: rawCall{headers: map[string]text{}}}
	r.own = o
	d.object(n, "request receiver", fields{
		"send_resolved": d.flag(&r.sendResolved),
		"name":          d.text(&o.name),
		"incident":      d.flag(&o.incident),
		"url":           d.expanded(&r.url.value),
		"url_file":      d.text(&r.url.file),
		"method":        d.oneOf(&o.common.method, methods()...),
		"headers":       d.headers(o.common.headers),
		"secret_files":  r.secretFiles(d),
		"raise":         func(n *yaml.Node) { o.raise = d.call(n) },
		"update":        func(n *yaml.Node) { o.update = d.call(n) },
		"resolve":       func(n *yaml.Node) { o.resolve = d.call(n) },
		"timeout":       d.span(&r.timeout),
		"http_config":   d.httpConfig(&r.http),
	})
	r.url.one("url")
	r.reach = reachOwn
	return r
}

func (r *rawRequest) secretFiles(d *doc) setter {
	return d.dict("files", func(key, value *yaml.Node) {
		if !validID(key.Value) || strings.ContainsAny(key.Value, ".:-") {
			d.at(key).bad(CodeName, "%q is no name for a template: letters, digits and _ only", short(key.Value))
		}
		d.text(&r.secret(key.Value).file)(value)
	})
}

func (d *doc) call(n *yaml.Node) *rawCall {
	c := &rawCall{pos: d.at(n), headers: map[string]text{}}
	d.object(n, "request", fields{
		"method":  d.oneOf(&c.method, methods()...),
		"url":     d.expanded(&c.url),
		"headers": d.headers(c.headers),
		"body":    d.text(&c.body),
	})
	return c
}

// calls are those that are written.
func (o *rawOwn) calls() (all []*rawCall) {
	for _, c := range []*rawCall{o.raise, o.update, o.resolve} {
		if c != nil {
			all = append(all, c)
		}
	}
	return all
}

// templates are all texts of requests, in their order.
func (o *rawOwn) templates() (all []text) {
	for _, c := range append([]*rawCall{&o.common}, o.calls()...) {
		all = append(all, c.url, c.body)
		for _, name := range slices.Sorted(maps.Keys(c.headers)) {
			all = append(all, c.headers[name])
		}
	}
	return all
}

// reachOwn knows a request by where it raises.
func reachOwn(r *rawRequest, _ rawGlobal) (target string, ok bool) {
	o := r.own
	if o.raise == nil {
		r.bad(CodeMissing, "a request receiver needs raise: the request that tells what is new").
			Hint = "raise: {body: '{\"text\": {{ toJson .Title }}}'}"
		return "", false
	}
	ok = true
	for _, c := range append([]*rawCall{&o.common, {url: r.url.value}}, o.calls()...) {
		ok = c.valid() && ok
	}
	if !r.url.set() && !o.raise.url.set() {
		r.bad(CodeMissing, "a request receiver needs url or url_file")
		ok = false
	}
	if r.sendResolved.b && o.resolve == nil {
		r.sendResolved.bad(CodeConflict, "send_resolved needs resolve: the request that tells that all is over")
		ok = false
	}
	return withoutUser(r.url.value.s) + " " + r.url.file.s + " " + withoutUser(o.raise.url.s), ok
}

func (c *rawCall) valid() bool {
	if !c.url.set() || strings.Contains(c.url.s, "{{") {
		return true
	}
	_, ok := c.url.absoluteURL()
	return ok
}

func methods() []string {
	return []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
}

func (o *rawOwn) build(r *rawRequest, cfg *RequestConfig, in *rules.Integration) {
	cfg.Service, cfg.Name = "", o.name.s
	cfg.Own = RequestCalls{o.call(o.raise), o.call(o.update), o.call(o.resolve)}
	in.Incident = o.incident.b
	in.SendResolved = r.sendResolved.or(true) && o.resolve != nil
}

// call fills a call in with what is said for all of them.
func (o *rawOwn) call(c *rawCall) *RequestCall {
	if c == nil {
		return nil
	}
	out := &RequestCall{Method: http.MethodPost, URL: "{{ .URL }}", Headers: map[string]string{}, Body: c.body.s}
	if m := orText(c.method, o.common.method); m.set() {
		out.Method = m.s
	}
	if c.url.set() {
		out.URL = c.url.s
	}
	if out.Body != "" {
		out.Headers["Content-Type"] = "application/json"
	}
	for _, all := range []map[string]text{o.common.headers, c.headers} {
		for name, t := range all {
			out.Headers[name] = t.s
		}
	}
	return out
}
