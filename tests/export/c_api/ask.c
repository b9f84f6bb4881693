/* Ask a SavedModel:
 *
 *   ask FOLDER SIGNATURE REQUESTS [LIBRARY ...]
 *
 * prints a line of JSON for each request in the file (see request.h): {"output": {"shape": [2], "values": [...]}, ...}.
 * The libraries are shared objects with further ops, such as those of tensorflow_text. */
#include <math.h>

#include "fail.h"
#include "served_model.h"

static void print_string(const TF_TString *string) {
  const char *content = TF_StringGetDataPointer(string);
  size_t size = TF_StringGetSize(string);
  putchar('"');
  for (size_t at = 0; at < size; ++at) {
    unsigned char byte = (unsigned char)content[at];
    if (byte == '"' || byte == '\\')
      printf("\\%c", byte);
    else if (byte < 0x20)
      printf("\\u%04x", byte);
    else
      putchar(byte);
  }
  putchar('"');
}

/* Not a number and infinity are null: JSON has neither. */
static void print_float(float value) {
  if (isfinite(value))
    printf("%.9g", value);
  else
    printf("null");
}

static void print_value(const TF_Tensor *tensor, int64_t at) {
  const void *data = TF_TensorData(tensor);
  switch (TF_TensorType(tensor)) {
    case TF_STRING:
      print_string((const TF_TString *)data + at);
      return;
    case TF_FLOAT:
      print_float(((const float *)data)[at]);
      return;
    case TF_INT32:
      printf("%d", ((const int32_t *)data)[at]);
      return;
    case TF_BOOL:
      printf(((const bool *)data)[at] ? "true" : "false");
      return;
    default:
      fail("an output has the type %d, which is not printed", (int)TF_TensorType(tensor));
  }
}

static void print_tensor(const char *name, const TF_Tensor *tensor) {
  printf("\"%s\": {\"shape\": [", name);
  for (int axis = 0; axis < TF_NumDims(tensor); ++axis)
    printf("%s%lld", axis ? ", " : "", (long long)TF_Dim(tensor, axis));
  printf("], \"values\": [");
  for (int64_t at = 0; at < TF_TensorElementCount(tensor); ++at) {
    if (at) printf(", ");
    print_value(tensor, at);
  }
  printf("]}");
}

static void answer(const ServedModel *model, Request *request) {
  TF_Tensor *values[MOST_TENSORS], *answers[MOST_TENSORS];
  TF_Status *status = TF_NewStatus();
  order_values(model, request, values);
  run_model(model, values, answers, status);
  if (TF_GetCode(status) != TF_OK) fail("cannot answer: %s", TF_Message(status));
  putchar('{');
  for (int number = 0; number < model->signature.output_count; ++number) {
    if (number) printf(", ");
    print_tensor(model->signature.outputs[number].name, answers[number]);
    TF_DeleteTensor(answers[number]);
  }
  printf("}\n");
  for (int number = 0; number < request->count; ++number) TF_DeleteTensor(request->values[number]);
  TF_DeleteStatus(status);
}

int main(int count, char **arguments) {
  if (count < 4) fail("usage: ask FOLDER SIGNATURE REQUESTS [LIBRARY ...]");
  for (int number = 4; number < count; ++number) load_ops(arguments[number]);
  FILE *file = fopen(arguments[3], "rb");
  if (!file) fail("cannot open the requests %s", arguments[3]);
  ServedModel model = load_model(arguments[1], arguments[2]);
  Request request;
  while (read_request(file, &request)) answer(&model, &request);
  fclose(file);
  close_model(&model);
  return 0;
}
