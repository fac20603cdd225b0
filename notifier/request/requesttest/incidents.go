package requesttest

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// The keys that the services know.
const (
	RoutingKey = "0123456789abcdef0123456789abcdef"
	GenieKey   = "eb243592-faa2-4ba2-a551-1afdf565c889"
)

type link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

type image struct {
	Src  string `json:"src"`
	Href string `json:"href"`
	Alt  string `json:"alt"`
}

type event struct {
	RoutingKey  string `json:"routing_key"`
	EventAction string `json:"event_action"`
	DedupKey    string `json:"dedup_key"`
	Client      string `json:"client"`
	ClientURL   string `json:"client_url"`
	Payload     *struct {
		Summary   string    `json:"summary"`
		Source    string    `json:"source"`
		Severity  string    `json:"severity"`
		Timestamp time.Time `json:"timestamp"`
		Class     string    `json:"class"`
		Component string    `json:"component"`
		Group     string    `json:"group"`
		Details   any       `json:"custom_details"`
	} `json:"payload"`
	Images []image `json:"images"`
	Links  []link  `json:"links"`
}

func pagerduty(r *http.Request, body []byte) answer {
	var e event
	err := decode(r, body, &e)
	if err == nil {
		err = e.check(r, len(body))
	}
	if err != nil {
		return answer{400, `{"status":"invalid event","message":"Event object is invalid","errors":[` + quoted(err.Error()) + `]}`}
	}
	return answer{202, `{"status":"success","message":"Event processed","dedup_key":` + quoted(e.DedupKey) + `}`}
}

func (e event) check(r *http.Request, size int) error {
	errs := []error{
		oneOf("method", r.Method, "POST"), oneOf("path", r.URL.Path, "/v2/enqueue"),
		oneOf("routing_key", e.RoutingKey, RoutingKey), within("dedup_key", e.DedupKey, 255),
		oneOf("event_action", e.EventAction, "trigger", "acknowledge", "resolve"),
	}
	if size > 512_000 {
		errs = append(errs, errors.New("event exceeds 512 kB"))
	}
	if e.EventAction == "trigger" && e.Payload == nil {
		return errors.New("'payload' is missing or blank")
	}
	if p := e.Payload; p != nil {
		errs = append(errs, within("summary", p.Summary, 1024), within("source", p.Source, 255),
			oneOf("severity", p.Severity, "critical", "error", "warning", "info"))
	}
	for _, l := range e.Links {
		errs = append(errs, web("link", l.Href))
	}
	for _, i := range e.Images {
		errs = append(errs, web("image", i.Src))
	}
	return errors.Join(errs...)
}

func pagerdutyV1(r *http.Request, body []byte) answer {
	var e struct {
		ServiceKey  string `json:"service_key"`
		EventType   string `json:"event_type"`
		IncidentKey string `json:"incident_key"`
		Description string `json:"description"`
		Client      string `json:"client"`
		ClientURL   string `json:"client_url"`
		Details     any    `json:"details"`
	}
	err := decode(r, body, &e)
	if err == nil {
		err = errors.Join(
			oneOf("path", r.URL.Path, "/generic/2010-04-15/create_event.json"), oneOf("service_key", e.ServiceKey, RoutingKey),
			oneOf("event_type", e.EventType, "trigger", "acknowledge", "resolve"), within("incident_key", e.IncidentKey, 255),
			within("description", e.Description, 1024),
		)
	}
	if err != nil {
		return answer{400, `{"status":"invalid event","message":"Event object is invalid","errors":[` + quoted(err.Error()) + `]}`}
	}
	return answer{200, `{"status":"success","message":"Event processed","incident_key":` + quoted(e.IncidentKey) + `}`}
}

type responder struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Username string `json:"username"`
	Type     string `json:"type"`
}

type genie struct {
	Alias       string            `json:"alias"`
	Message     string            `json:"message"`
	Description string            `json:"description"`
	Responders  []responder       `json:"responders"`
	Actions     []string          `json:"actions"`
	Tags        []string          `json:"tags"`
	Details     map[string]string `json:"details"`
	Entity      string            `json:"entity"`
	Source      string            `json:"source"`
	Priority    string            `json:"priority"`
	User        string            `json:"user"`
	Note        string            `json:"note"`
}

func opsgenie(r *http.Request, body []byte) answer {
	if r.Header.Get("Authorization") != "GenieKey "+GenieKey {
		return answer{401, `{"message":"Could not authenticate","took":0.001,"requestId":"0"}`}
	}
	var g genie
	err := decode(r, body, &g)
	if err == nil {
		err = g.check(r)
	}
	if err != nil {
		return answer{422, `{"message":"Request body is not processable. Please check the errors.","errors":{"message":` + quoted(err.Error()) + `},"took":0.001,"requestId":"0"}`}
	}
	return answer{202, `{"result":"Request will be processed","took":0.302,"requestId":"43a29c5c-3dbf-4fa4-9c26-f4f71023e120"}`}
}

func (g genie) check(r *http.Request) error {
	path := regexp.MustCompile(`^/v2/alerts(?:/([^/]{1,512})/(close|message|description|priority))?$`).FindStringSubmatch(r.URL.Path)
	if path == nil || path[1] != "" && r.URL.Query().Get("identifierType") != "alias" {
		return fmt.Errorf("no such alert: %s", r.URL.RequestURI())
	}
	switch path[2] {
	case "close":
		return errors.Join(oneOf("method", r.Method, "POST"), atMost("source", g.Source, 100), atMost("note", g.Note, 25000))
	case "message":
		return errors.Join(oneOf("method", r.Method, "PUT"), within("message", g.Message, 130))
	case "description":
		return errors.Join(oneOf("method", r.Method, "PUT"), within("description", g.Description, 15000))
	case "priority":
		return errors.Join(oneOf("method", r.Method, "PUT"), oneOf("priority", g.Priority, "P1", "P2", "P3", "P4", "P5"))
	}
	return g.created(r)
}

func (g genie) created(r *http.Request) error {
	errs := []error{
		oneOf("method", r.Method, "POST"), within("message", g.Message, 130), within("alias", g.Alias, 512),
		atMost("description", g.Description, 15000), atMost("entity", g.Entity, 512), atMost("source", g.Source, 100),
		atMost("note", g.Note, 25000), oneOf("priority", g.Priority, "P1", "P2", "P3", "P4", "P5"),
	}
	all := ""
	for name, value := range g.Details {
		all += name + value
	}
	errs = append(errs, atMost("details", all, 8000))
	if len(g.Tags) > 20 || len(g.Actions) > 10 || len(g.Responders) > 50 {
		errs = append(errs, errors.New("too many tags, actions or responders"))
	}
	for _, t := range append(g.Tags, g.Actions...) {
		errs = append(errs, within("tag or action", strings.TrimSpace(t), 50))
	}
	for _, p := range g.Responders {
		errs = append(errs, oneOf("responder type", p.Type, "team", "user", "escalation", "schedule"), within("responder", p.ID+p.Name+p.Username, 512))
	}
	return errors.Join(errs...)
}
