{{- define "opptak.name" -}}
{{- $name := printf "%s-%s" .Release.Name .Chart.Name -}}
{{- if contains .Chart.Name .Release.Name }}{{ $name = .Release.Name }}{{ end -}}
{{- $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels that never change: what selects the pods of one process. */}}
{{- define "opptak.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "opptak.labels" -}}
{{ include "opptak.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* The pod of one process. Takes root, component, arguments (default: the component), resources,
     restart, whether the release's ConfigMap is there yet, for web the port, and for others the port at which
     they answer health checks. */}}
{{- define "opptak.pod" -}}
metadata:
  labels:
    {{- include "opptak.labels" . | nindent 4 }}
  annotations:
    checksum/settings: {{ .root.Values.settings | toJson | sha256sum }}
spec:
  # A Service's variables (OPPTAK_PORT and so on) would be taken for settings.
  enableServiceLinks: false
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 60
  restartPolicy: {{ .restart }}
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ .root.Values.runAsUser }}
    runAsGroup: {{ .root.Values.runAsUser }}
    fsGroup: {{ .root.Values.runAsUser }}
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  {{- with .root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with .root.Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if eq .restart "Always" }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "opptak.selector" . | nindent 10 }}
  {{- end }}
  containers:
    - name: {{ .component }}
      image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: ["opptak"]
      args: {{ .arguments | default (list .component) | toJson }}
      env:
        - {name: OPPTAK_DATA_DIR, value: /data}
        {{- if or .port .health }}
        - {name: OPPTAK_HOST, value: "0.0.0.0"}
        {{- end }}
        {{- if .port }}
        - {name: OPPTAK_PORT, value: {{ .port | quote }}}
        {{- end }}
        {{- if not .configMap }}
        {{- range $name, $value := .root.Values.settings }}
        - {name: {{ $name }}, value: {{ $value | quote }}}
        {{- end }}
        {{- end }}
      envFrom:
        {{- if .configMap }}
        - configMapRef:
            name: {{ include "opptak.name" .root }}
        {{- end }}
        - secretRef:
            name: {{ .root.Values.existingSecret }}
      {{- with .port }}
      ports:
        - {name: http, containerPort: {{ . }}}
      startupProbe:
        httpGet: {path: /health/live, port: http}
        failureThreshold: 30
        periodSeconds: 2
      livenessProbe:
        httpGet: {path: /health/live, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
      readinessProbe:
        httpGet: {path: /health/ready, port: http}
        periodSeconds: 5
        timeoutSeconds: 5
      lifecycle:
        preStop:
          sleep: {seconds: 5}  # until no load balancer sends anything more
      {{- end }}
      {{- with .health }}
      ports:
        - {name: health, containerPort: {{ . }}}
      startupProbe:
        httpGet: {path: /health/live, port: health}
        failureThreshold: 30
        periodSeconds: 2
      livenessProbe:
        httpGet: {path: /health/live, port: health}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      {{- end }}
      resources:
        {{- toYaml .resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: ["ALL"]
      volumeMounts:
        - {name: files, mountPath: /data}
        - {name: scratch, mountPath: /tmp}
  volumes:
    - name: files
      {{- if .configMap }}
      persistentVolumeClaim:
        claimName: {{ .root.Values.files.existingClaim | default (include "opptak.name" .root) }}
      {{- else }}
      emptyDir: {}
      {{- end }}
    - name: scratch
      emptyDir: {}
{{- end -}}

{{- define "opptak.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "opptak.name" .root }}-{{ .component }}
  labels:
    {{- include "opptak.labels" . | nindent 4 }}
spec:
  replicas: {{ .values.replicas }}
  selector:
    matchLabels:
      {{- include "opptak.selector" . | nindent 6 }}
  template:
    {{- include "opptak.pod" (merge (dict "restart" "Always" "configMap" true "resources" .values.resources) .) | nindent 4 }}
{{- end -}}

{{- define "opptak.budget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "opptak.name" .root }}-{{ .component }}
  labels:
    {{- include "opptak.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "opptak.selector" . | nindent 6 }}
{{- end -}}
