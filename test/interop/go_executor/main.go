// A Keptn executor as its users write them: on keptn/go-utils in remote mode, with nothing made for Periplus.
package main

import (
	"log"

	"github.com/keptn/go-utils/pkg/api/models"
	api "github.com/keptn/go-utils/pkg/api/utils"
	keptnv2 "github.com/keptn/go-utils/pkg/lib/v0_2_0"
	"github.com/keptn/go-utils/pkg/sdk"
)

type testHandler struct{}

type testFinished struct {
	keptnv2.EventData
	Test struct {
		File string `json:"file"`
	} `json:"test"`
}

// Execute answers a test task with a file of the event's service, or with an error when there is none.
func (testHandler) Execute(k sdk.IKeptn, event sdk.KeptnEvent) (interface{}, *sdk.Error) {
	finished := testFinished{}
	triggered := models.KeptnContextExtendedCE(event)
	if err := triggered.DataAs(&finished.EventData); err != nil {
		return nil, errored(err)
	}
	scope := api.NewResourceScope().Project(finished.Project).Stage(finished.Stage).Service(finished.Service)
	resource, err := k.GetResourceHandler().GetResource(*scope.Resource("load/basic.jmx"))
	if err != nil {
		return nil, errored(err)
	}
	finished.Test.File = resource.ResourceContent
	finished.Status = keptnv2.StatusSucceeded
	finished.Result = keptnv2.ResultPass
	return finished, nil
}

func errored(err error) *sdk.Error {
	return &sdk.Error{StatusType: keptnv2.StatusErrored, ResultType: keptnv2.ResultFailed, Message: "no load file: " + err.Error(), Err: err}
}

func main() {
	handler := sdk.WithTaskHandler("sh.keptn.event.test.triggered", testHandler{})
	log.Fatal(sdk.NewKeptn("go-executor", handler).Start())
}
