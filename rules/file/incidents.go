package file

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// rawServices are what receivers of requests inherit, as written.
type rawServices struct {
	pagerdutyURL, opsgenieURL, telegramURL text
	opsgenieKey, telegramToken             rawSecret
}

func (d *doc) pagerduty(n *yaml.Node) *rawRequest {
	r := d.newRequest(n, "pagerduty")
	routing, service := r.secret("routing_key"), r.secret("service_key")
	d.object(n, "PagerDuty receiver", fields{
		"send_resolved":    d.flag(&r.sendResolved),
		"routing_key":      d.expanded(&routing.value),
		"routing_key_file": d.text(&routing.file),
		"service_key":      d.expanded(&service.value),
		"service_key_file": d.text(&service.file),
		"url":              d.expanded(&r.url.value),
		"client":           r.text(d, "client"),
		"client_url":       r.text(d, "client_url"),
		"description":      r.text(d, "description"),
		"severity":         r.text(d, "severity"),
		"source":           r.text(d, "source"),
		"class":            r.text(d, "class"),
		"component":        r.text(d, "component"),
		"group":            r.text(d, "group"),
		"details":          r.tree(d, "details"),
		"images":           r.table(d, "images", "image", "src", "alt", "href"),
		"links":            r.table(d, "links", "link", "href", "text"),
		"timeout":          d.span(&r.timeout),
		"http_config":      d.httpConfig(&r.http),
	})
	routing.one("routing_key")
	service.one("service_key")
	if routing.set() && service.set() {
		service.pos().bad(CodeConflict, "routing_key (Events API v2) and service_key (v1) exclude one another")
	}
	r.reach = reachPagerduty
	return r
}

func reachPagerduty(r *rawRequest, g rawGlobal) (target string, ok bool) {
	routing, service := r.secret("routing_key"), r.secret("service_key")
	if service.set() {
		r.url = rawSecret{} // version 1 has an address of its own
		return "v1 " + service.named(), r.needs(service, "the service_key is empty", "")
	}
	ok = r.inherit(g.services.pagerdutyURL)
	ok = r.needs(routing, "a PagerDuty receiver needs routing_key: that of an Events API v2 integration", "or routing_key_file") && ok
	return r.url.value.s + " " + routing.named(), ok
}

func (d *doc) opsgenie(n *yaml.Node) *rawRequest {
	r := d.newRequest(n, "opsgenie")
	key := r.secret("api_key")
	d.object(n, "Opsgenie receiver", fields{
		"send_resolved": d.flag(&r.sendResolved),
		"api_key":       d.expanded(&key.value),
		"api_key_file":  d.text(&key.file),
		"api_url":       d.expanded(&r.url.value),
		"message":       r.text(d, "message"),
		"description":   r.text(d, "description"),
		"source":        r.text(d, "source"),
		"details":       r.tree(d, "details"),
		"entity":        r.text(d, "entity"),
		"responders":    r.responders(d),
		"actions":       r.text(d, "actions"),
		"tags":          r.text(d, "tags"),
		"note":          r.text(d, "note"),
		"priority":      r.text(d, "priority"),
		"update_alerts": r.flag(d, "update_alerts"),
		"timeout":       d.span(&r.timeout),
		"http_config":   d.httpConfig(&r.http),
	})
	key.one("api_key")
	r.reach = reachOpsgenie
	return r
}

func reachOpsgenie(r *rawRequest, g rawGlobal) (target string, ok bool) {
	key := r.secret("api_key")
	*key = key.or(g.services.opsgenieKey)
	ok = r.inherit(g.services.opsgenieURL)
	if r.url.value.s != "" && !strings.HasSuffix(r.url.value.s, "/") {
		r.url.value.s += "/"
	}
	ok = r.needs(key, "an Opsgenie receiver needs api_key: that of an API integration", "or api_key_file; global: has opsgenie_api_key for all receivers") && ok
	return r.url.value.s + " " + key.named(), ok
}

// responders are checked as far as they are no templates.
func (r *rawRequest) responders(d *doc) setter {
	read := r.table(d, "responders", "responder", "id", "name", "username", "type")
	return func(n *yaml.Node) {
		read(n)
		list, _ := r.values["responders"].([]any)
		if d.ask != nil {
			return // there are rows, and nobody wrote them
		}
		for i, item := range list {
			row, _ := item.(map[string]any)
			who, _ := row["type"].(string)
			if !strings.Contains(who, "{{") {
				who = strings.ToLower(who)
				row["type"] = who
			}
			at := d.at(resolve(n).Content[i])
			switch {
			case row["id"] == nil && row["name"] == nil && row["username"] == nil:
				at.bad(CodeMissing, "a responder needs id, name or username")
			case strings.Contains(who, "{{"):
			case !strings.Contains(" team teams user escalation schedule ", " "+who+" ") || who == "":
				at.bad(CodeType, "the type of a responder is team, teams, user, escalation or schedule")
			}
		}
	}
}
