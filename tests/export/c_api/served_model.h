/* One signature of a SavedModel, loaded through TensorFlow's C API: no Python anywhere. */
#ifndef SERVED_MODEL_H
#define SERVED_MODEL_H

#include "request.h"
#include "signature.h"
#include "tensorflow/c/c_api.h"

typedef struct {
  TF_Graph *graph;
  TF_Session *session;
  Signature signature;
  TF_Output inputs[MOST_TENSORS], outputs[MOST_TENSORS];
} ServedModel;

/* Makes the ops of a shared library known, such as those of tensorflow_text; before a model that uses them is loaded. */
void load_ops(const char *library);

/* Ends the program with TensorFlow's message when the folder cannot be loaded. */
ServedModel load_model(const char *folder, const char *signature);

/* The tensors of a request in the order of the signature's inputs; ends the program when one is missing or unknown. */
void order_values(const ServedModel *model, const Request *request, TF_Tensor **values);

/* Runs the signature. `answers` gets a tensor for each output, to be deleted by the caller. Threads may share a model:
 * each brings its own status, which tells whether there are answers. */
void run_model(const ServedModel *model, TF_Tensor *const *values, TF_Tensor **answers, TF_Status *status);

void close_model(ServedModel *model);

#endif
