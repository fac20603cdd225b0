package notifier

import "github.com/prometheus/common/model"

// A Send is one attempt at a delivery that starts now, once the batch that holds
// it is durable.
type Send struct {
	Delivery Delivery
	Deadline model.Time
}
