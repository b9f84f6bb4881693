#include "served_model.h"

#include <string.h>

#include "fail.h"

static void require_ok(const TF_Status *status, const char *what, const char *which) {
  if (TF_GetCode(status) != TF_OK) fail("%s %s: %s", what, which, TF_Message(status));
}

void load_ops(const char *library) {
  TF_Status *status = TF_NewStatus();
  TF_Library *handle = TF_LoadLibrary(library, status);
  require_ok(status, "cannot load the ops of", library);
  /* Frees the handle; the ops stay. */
  TF_DeleteLibraryHandle(handle);
  TF_DeleteStatus(status);
}

/* "name:1" -> the second output of the operation "name". */
static TF_Output output_named(TF_Graph *graph, const char *tensor) {
  char operation[LONGEST_NAME];
  int index = 0;
  strcpy(operation, tensor);
  char *colon = strrchr(operation, ':');
  if (colon) {
    *colon = '\0';
    index = atoi(colon + 1);
  }
  TF_Output output = {TF_GraphOperationByName(graph, operation), index};
  if (!output.oper) fail("the graph has no operation '%s', which the signature names", operation);
  return output;
}

ServedModel load_model(const char *folder, const char *signature) {
  ServedModel model = {.graph = TF_NewGraph()};
  const char *tags[] = {"serve"};
  TF_Status *status = TF_NewStatus();
  TF_SessionOptions *options = TF_NewSessionOptions();
  TF_Buffer *meta_graph = TF_NewBuffer();
  model.session = TF_LoadSessionFromSavedModel(options, NULL, folder, tags, 1, model.graph, meta_graph, status);
  require_ok(status, "cannot load", folder);
  model.signature = find_signature(meta_graph->data, meta_graph->length, signature);
  for (int number = 0; number < model.signature.input_count; ++number)
    model.inputs[number] = output_named(model.graph, model.signature.inputs[number].tensor);
  for (int number = 0; number < model.signature.output_count; ++number)
    model.outputs[number] = output_named(model.graph, model.signature.outputs[number].tensor);
  TF_DeleteBuffer(meta_graph);
  TF_DeleteSessionOptions(options);
  TF_DeleteStatus(status);
  return model;
}

void order_values(const ServedModel *model, const Request *request, TF_Tensor **values) {
  const Signature *signature = &model->signature;
  if (request->count != signature->input_count)
    fail("the request has %d tensors, the signature takes %d", request->count, signature->input_count);
  for (int number = 0; number < signature->input_count; ++number) {
    int place = 0;
    while (place < request->count && strcmp(request->names[place], signature->inputs[number].name)) ++place;
    if (place == request->count) fail("the request lacks '%s'", signature->inputs[number].name);
    values[number] = request->values[place];
  }
}

void run_model(const ServedModel *model, TF_Tensor *const *values, TF_Tensor **answers, TF_Status *status) {
  TF_SessionRun(model->session, NULL, model->inputs, values, model->signature.input_count, model->outputs, answers,
                model->signature.output_count, NULL, 0, NULL, status);
}

void close_model(ServedModel *model) {
  TF_Status *status = TF_NewStatus();
  TF_CloseSession(model->session, status);
  TF_DeleteSession(model->session, status);
  TF_DeleteGraph(model->graph);
  TF_DeleteStatus(status);
}
