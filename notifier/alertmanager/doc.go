// Package alertmanager forwards deliveries to Alertmanager, as Prometheus does:
// alerts with an end a while ahead, which is put off as long as they are sent
// again, so that they end by themselves if tocsin is gone. Grouping, silences and
// people are then Alertmanager's concern. It is for those who move step by step.
package alertmanager
