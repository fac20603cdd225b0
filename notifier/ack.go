package notifier

import (
	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// An AlertID names an alert: its rule and its instance.
type AlertID struct {
	Rule     string `json:"rule"`
	Instance string `json:"instance"`
}

// Ack notes who has taken alerts on.
func (p *Planner) Ack(at model.Time, acks []rules.Ack) {
	p.at = at
}

// Unack takes acknowledgements back.
func (p *Planner) Unack(at model.Time, alerts []AlertID) {
	p.at = at
}
