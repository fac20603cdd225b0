package webhook

import (
	"strconv"
	"time"

	"github.com/prometheus/alertmanager/template"

	"tocsin/notifier/message"
	"tocsin/rules"
)

// A Body is what is posted. The first fields are Alertmanager's, in its order;
// those of ours follow.
type Body struct {
	Receiver           string      `json:"receiver"`
	Status             string      `json:"status"`
	Alerts             []Alert     `json:"alerts"`
	NotificationReason string      `json:"notification_reason"`
	GroupLabels        template.KV `json:"groupLabels"`
	CommonLabels       template.KV `json:"commonLabels"`
	CommonAnnotations  template.KV `json:"commonAnnotations"`
	RouteLabels        template.KV `json:"routeLabels"`
	ExternalURL        string      `json:"externalURL"`
	Version            string      `json:"version"`
	GroupKey           string      `json:"groupKey"`
	TruncatedAlerts    uint64      `json:"truncatedAlerts"`

	ID      string      `json:"id"` // of the delivery; the same in a repetition
	Level   rules.Level `json:"level"`
	Reason  string      `json:"reason"`
	Episode string      `json:"episode"` // of the group
	Title   string      `json:"title"`
	At      time.Time   `json:"at"`
	Marks   []string    `json:"marks,omitempty"`
}

// An Alert is one alert of a body.
type Alert struct {
	template.Alert

	Level     rules.Level  `json:"level"`
	Was       rules.Level  `json:"was"`
	News      string       `json:"news"`
	Reason    string       `json:"reason"`
	Value     rules.Number `json:"value"`     // a string, as Prometheus writes it
	Threshold *string      `json:"threshold"` // likewise; null where there is none
	Side      string       `json:"side"`
	Unit      rules.Unit   `json:"unit,omitempty"`
	Episode   string       `json:"episode"`
	Flapping  bool         `json:"flapping"`
	Rule      string       `json:"rule"`
	Source    string       `json:"source,omitempty"`
}

// Build makes the body of a message. Alerts that the message has no item for
// are counted as truncated.
func Build(m *message.Message) Body {
	d := m.Data(nil)
	b := Body{
		Receiver: d.Receiver, Status: d.Status, Alerts: make([]Alert, 0, len(m.Items)),
		NotificationReason: d.NotificationReason, GroupLabels: d.GroupLabels, CommonLabels: d.CommonLabels,
		CommonAnnotations: d.CommonAnnotations, RouteLabels: d.RouteLabels, ExternalURL: d.ExternalURL,
		Version: "4", GroupKey: m.Group.Key, TruncatedAlerts: uint64(m.More),
		ID: m.ID, Level: m.Level, Reason: string(m.Reason), Episode: m.Group.Episode,
		Title: m.Title(), At: m.At, Marks: m.Marks,
	}
	for n, i := range m.Items {
		b.Alerts = append(b.Alerts, Alert{
			Alert: d.Alerts[n].Alert,
			Level: i.Level, Was: i.Was, News: i.News.String(), Reason: string(i.Reason),
			Value: rules.Number(i.Value.Float), Threshold: threshold(i), Side: i.Side.String(), Unit: i.Value.Unit,
			Episode: i.Episode, Flapping: i.Flapping, Rule: i.Rule, Source: i.Source,
		})
	}
	return b
}

func threshold(i message.Item) *string {
	if i.Side == rules.Present {
		return nil
	}
	text := strconv.FormatFloat(i.Threshold.Float, 'f', -1, 64)
	return &text
}
